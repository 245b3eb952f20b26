// Names beside marks: each takes the first free place around its mark, those without one are left to the pointer.
const PLACES = [
  ["middle right", 1, 0], ["middle left", -1, 0], ["top center", 0, -1], ["bottom center", 0, 1],
  ["top right", 1, -1], ["bottom right", 1, 1], ["top left", -1, -1], ["bottom left", -1, 1],
];
const measuring = document.createElement("canvas").getContext("2d");

function textWidth(text) {
  measuring.font = "11.5px Arial, 'Liberation Sans', sans-serif";
  return measuring.measureText(text.replace(/&[a-z]+;/g, "m")).width;
}

function overlaps(one, other) {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}

function boxAt(mark, width, across, down, reach) {
  const x = mark.x + across * (across ? reach + width / 2 : 0);
  const y = mark.y + down * (down ? reach + 6 : 0);
  return { left: x - width / 2 - 1, right: x + width / 2 + 1, top: y - 7, bottom: y + 7 };
}

// marks: [{x, y}] in pixels; `corners`: diagonal places come first, where crosses leave them free. Returns {text, textposition} for a scatter trace.
function placeNames(names, marks, width, height, corners = false) {
  const places = corners ? [...PLACES.slice(4), ...PLACES.slice(0, 4)] : PLACES;
  const taken = marks.map(({ x, y }) => ({ left: x - 5, right: x + 5, top: y - 5, bottom: y + 5 }));
  const text = names.map(() => ""), textposition = names.map(() => "middle right");
  const middle = { x: width / 2, y: height / 2 };
  const far = (at) => Math.hypot(marks[at].x - middle.x, marks[at].y - middle.y);
  const outerFirst = names.map((_, at) => at).sort((one, other) => far(other) - far(one));
  for (const at of outerFirst) {
    const wide = textWidth(names[at]);
    const free = places.find(([, across, down]) => {
      const box = boxAt(marks[at], wide, across, down, 8);
      const inside = box.left > -20 && box.right < width + 20 && box.top > -6 && box.bottom < height + 6;
      return inside && !taken.some((other, place) => place !== at && overlaps(box, other));
    });
    if (!free) continue;
    taken.push(boxAt(marks[at], wide, free[1], free[2], 8));
    text[at] = names[at];
    textposition[at] = free[0];
  }
  return { text, textposition };
}
