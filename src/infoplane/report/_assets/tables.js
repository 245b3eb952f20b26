// Tables that sort by a column and show only the lines that contain a word; commands that copy themselves.
function keyOf(line, column) {
  const { key } = line.cells[column].dataset;
  return key !== "" && Number.isFinite(Number(key)) ? Number(key) : key;
}

function sortBy(table, column, header) {
  const down = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  const compare = (one, other) => (typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other)));
  const lines = [...table.tBodies[0].rows].sort((one, other) => (down ? -1 : 1) * compare(keyOf(one, column), keyOf(other, column)));
  table.tBodies[0].append(...lines);
}

for (const block of document.querySelectorAll(".numbers")) {
  const table = block.querySelector("table");
  [...table.tHead.rows[0].cells].forEach((header, column) => header.firstElementChild.addEventListener("click", () => sortBy(table, column, header)));
  const wanted = block.querySelector("input");
  wanted.addEventListener("input", () => {
    for (const line of table.tBodies[0].rows) line.hidden = !line.textContent.toLowerCase().includes(wanted.value.trim().toLowerCase());
  });
}

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(button.parentElement.querySelector("code").textContent);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
}
