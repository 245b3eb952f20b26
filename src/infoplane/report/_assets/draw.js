// Draws every figure to the width it has, again when that width changes, and at the width of paper before printing.
const PAPER = 670;
const CONFIG = {
  displaylogo: false, responsive: false, scrollZoom: false, doubleClick: "reset",
  modeBarButtons: [["toImage", "resetScale2d"]], toImageButtonOptions: { format: "svg" },
};
const pointsFinely = window.matchMedia("(pointer: fine)").matches;
let printing = false;

const widthOf = (plot) => (printing ? PAPER : plot.clientWidth);

const NARROW = 480, HEAD = 78, BETWEEN = 74;

function heightOf(plot, spec, width) {
  const full = Number(plot.dataset.height), wanted = printing ? Math.max((full > 500 && !spec.extra.square && !spec.extra.turn ? 0.75 : 0.62) * full, Math.min(full, 240)) : full;
  if (spec.extra.panels && width < NARROW) return HEAD + spec.extra.panels * (full - HEAD) + (spec.extra.panels - 1) * BETWEEN;
  if (spec.extra.square) return Math.round(Math.min(wanted, width));
  if (spec.extra.turn || spec.extra.names) return Math.round(Math.min(wanted, width * 0.95));
  return wanted;
}

// As many names of a map's rows and columns as there is room for.
function tickNames(names, length) {
  const every = Math.max(1, Math.ceil((names.length * 12) / length));
  const tickvals = names.map((_, at) => at).filter((at) => at % every === 0);
  return { tickvals, ticktext: tickvals.map((at) => names[at]), tickfont: { size: 11 } };
}

// Panels that stand beside each other stand below each other where there is no room.
function stack(layout, panels) {
  const inner = layout.height - HEAD, gap = BETWEEN / inner, share = (1 - gap * (panels - 1)) / panels;
  for (let at = 0; at < panels; at += 1) {
    const suffix = at ? at + 1 : "", top = 1 - at * (share + gap);
    layout[`xaxis${suffix}`].domain = [0, 1];
    Object.assign(layout[`yaxis${suffix}`], { domain: [Math.max(0, top - share), top], showticklabels: true });
  }
}

function fitted(plot, spec) {
  const width = widthOf(plot), height = heightOf(plot, spec, width), narrow = width < NARROW;
  const layout = { ...structuredClone(spec.layout), width, height, dragmode: pointsFinely && !spec.extra.turn ? "zoom" : false };
  for (const [name, part] of Object.entries(layout)) {
    if (!/^[xy]axis/.test(name)) continue;
    if (spec.extra.ticks) Object.assign(part, tickNames(spec.extra.ticks, Math.min(width, height) - 110));
    if (narrow && part.ticktext?.length > 8) part.ticktext = part.ticktext.map((name) => name.split("<br>")[0]);
    if (narrow && part.nticks) part.nticks = Math.min(part.nticks, 7);
  }
  if (narrow && spec.extra.panels) stack(layout, spec.extra.panels);
  if (narrow && !spec.extra.ticks && !spec.extra.turn) layout.font = { ...layout.font, size: 11 };
  return layout;
}

// The hover boxes of a map of cosines: both labels and the number.
function pairTexts(labels, cosines) {
  return cosines.map((row, one) => row.map((cosine, two) => `<b>${labels[one]} · ${labels[two]}</b><br>cosine ${cosine.toFixed(2)}`));
}

// The area inside the axes, in pixels.
function area(plot) {
  const { xaxis, yaxis } = plot._fullLayout;
  return { width: xaxis._length, height: yaxis._length, x: (value) => xaxis.l2p(value), y: (value) => yaxis.l2p(value) };
}

function nameMarks(plot, spec) {
  const size = area(plot), base = spec.data[spec.data.length - 1];
  const marks = base.x.map((x, at) => ({ x: size.x(x), y: size.y(base.y[at]) }));
  const placed = placeNames(spec.extra.names, marks, size.width, size.height, spec.extra.corners);
  return Plotly.restyle(plot, { text: [placed.text], textposition: [placed.textposition] }, [spec.data.length - 1]);
}

function drawTurned(plot, spec) {
  const layout = fitted(plot, spec), margin = layout.margin;
  const size = { width: layout.width - margin.l - margin.r, height: layout.height - margin.t - margin.b };
  const view = turnedView(spec, spec.turned, size);
  layout.xaxis.range = view.x;
  layout.yaxis.range = view.y;
  return Plotly.react(plot, view.traces, layout, { ...CONFIG, displayModeBar: false });
}

async function draw(plot, spec) {
  plot.style.height = `${heightOf(plot, spec, widthOf(plot))}px`;
  if (spec.extra.turn) return drawTurned(plot, spec);
  await Plotly.react(plot, spec.data, fitted(plot, spec), CONFIG);
  return spec.extra.names ? nameMarks(plot, spec) : undefined;
}

function listenToTurning(plot, spec) {
  const azimuth = plot.parentElement.querySelector(".azimuth"), elevation = plot.parentElement.querySelector(".elevation");
  let last = null, waiting = false;
  const redraw = () => {
    spec.turned = { azimuth: Number(azimuth.value), elevation: Number(elevation.value) };
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; drawTurned(plot, spec); });
  };
  for (const slider of [azimuth, elevation]) slider.addEventListener("input", redraw);
  plot.classList.add("turnable");
  plot.addEventListener("pointerdown", (event) => { last = [event.clientX, event.clientY]; });
  window.addEventListener("pointerup", () => { last = null; });
  window.addEventListener("pointermove", (event) => {
    if (!last) return;
    const turned = Number(azimuth.value) - (event.clientX - last[0]) * 0.5;
    azimuth.value = ((turned + 540) % 360) - 180;
    elevation.value = Number(elevation.value) + (event.clientY - last[1]) * 0.5;
    last = [event.clientX, event.clientY];
    redraw();
  });
  spec.turned = { azimuth: Number(azimuth.value), elevation: Number(elevation.value) };
}

function listenToSwitch(plot, spec) {
  const buttons = [...plot.parentElement.querySelectorAll(".switch button")];
  buttons.forEach((button, chosen) => button.addEventListener("click", () => {
    buttons.forEach((other, at) => other.setAttribute("aria-pressed", String(at === chosen)));
    spec.data.forEach((trace, at) => { trace.visible = at === chosen; });
    draw(plot, spec);
  }));
}

const figures = [...document.querySelectorAll(".plot")].map((plot) => {
  const spec = JSON.parse(plot.parentElement.querySelector("script").textContent);
  if (spec.extra.labels) for (const map of spec.data) map.hovertext = pairTexts(spec.extra.labels, map.z);
  if (spec.extra.turn) listenToTurning(plot, spec);
  if (spec.extra.switch) listenToSwitch(plot, spec);
  return { plot, spec, width: 0 };
});

function drawAll() {
  const drawn = [];
  for (const figure of figures) {
    const width = widthOf(figure.plot);
    if (width === figure.width || width === 0) continue;
    figure.width = width;
    drawn.push(draw(figure.plot, figure.spec));
  }
  return Promise.all(drawn);
}

// The first time, one figure after the other, so that the page can be read while they appear.
async function drawInTurn() {
  for (const figure of figures) {
    if (figure.width === 0) {
      figure.width = widthOf(figure.plot);
      await draw(figure.plot, figure.spec);
      await new Promise((resume) => setTimeout(resume));
    }
  }
  document.body.dataset.drawn = String(figures.length);
}

function onPaper(begins) {
  if (printing === begins) return;
  printing = begins;
  document.body.classList.toggle("printing", begins);
  drawAll();
}

window.addEventListener("beforeprint", () => onPaper(true));
window.addEventListener("afterprint", () => onPaper(false));
let resized = 0;
window.addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { if (!printing) drawAll(); }, 120);
});
drawInTurn();
