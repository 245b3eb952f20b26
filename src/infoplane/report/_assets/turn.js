// The three-dimensional view: a parallel projection of the coordinates, drawn as plain two-dimensional marks.
const radians = (degrees) => (degrees * Math.PI) / 180;

// [across, up, towards the eye] of a point seen from an azimuth and an elevation.
function projection(azimuth, elevation) {
  const [a, e] = [radians(azimuth), radians(elevation)];
  return ([x, y, z]) => [
    -x * Math.sin(a) + y * Math.cos(a),
    -x * Math.sin(e) * Math.cos(a) - y * Math.sin(e) * Math.sin(a) + z * Math.cos(e),
    x * Math.cos(e) * Math.cos(a) + y * Math.cos(e) * Math.sin(a) + z * Math.sin(e),
  ];
}

function strokes(segments, see, look) {
  const x = [], y = [];
  for (const [from, to] of segments) {
    const [one, other] = [see(from), see(to)];
    x.push(one[0], other[0], null);
    y.push(one[1], other[1], null);
  }
  return { type: "scatter", mode: "lines", x, y, hoverinfo: "skip", line: look };
}

// The floor of the first two axes: a square grid below all points.
function floorLines(reach, bottom) {
  const lines = [];
  for (let at = -2; at <= 2; at += 1) {
    const place = (reach * at) / 2;
    lines.push([[place, -reach, bottom], [place, reach, bottom]], [[-reach, place, bottom], [reach, place, bottom]]);
  }
  return lines;
}

function axisNames(axes, reach, [bottom, top], see) {
  const ends = [[reach * 1.12, -reach, bottom], [-reach, reach * 1.12, bottom], [-reach, -reach, top]].map(see);
  return {
    type: "scatter", mode: "text", text: axes, x: ends.map((end) => end[0]), y: ends.map((end) => end[1]),
    textfont: { size: 11, color: "#5b6570" }, hoverinfo: "skip", cliponaxis: false,
  };
}

// All traces and the ranges of the view `turned` = {azimuth, elevation}; `size` is the plot's area in pixels.
function turnedView(spec, turned, size) {
  const { turn: points, axes, names } = spec.extra;
  const see = projection(turned.azimuth, turned.elevation);
  const reach = Math.max(...points.flat().map(Math.abs)) || 1;
  const heights = points.map((point) => point[2]);
  const bottom = Math.min(...heights) - 0.15 * reach, top = Math.max(...heights) + 0.1 * reach;
  const seen = points.map(see);
  const near = seen.map((point) => (point[2] / (reach * 1.75) + 1) / 2);
  const half = 1.5 * reach, unit = Math.min(size.width, size.height) / (2 * half);
  const marks = seen.map(([x, y]) => ({ x: size.width / 2 + x * unit, y: size.height / 2 - y * unit }));
  const base = spec.data[spec.data.length - 1];
  const labels = {
    ...base, ...placeNames(names, marks, size.width, size.height), x: seen.map((point) => point[0]), y: seen.map((point) => point[1]),
    marker: { ...base.marker, size: near.map((depth) => 7 + 6 * depth), opacity: near.map((depth) => 0.55 + 0.45 * depth) },
  };
  const upright = [[[-reach, -reach, bottom], [-reach, -reach, top]]];
  const traces = [
    strokes(floorLines(reach, bottom), see, { color: "#e1e5e8", width: 1 }),
    strokes(upright, see, { color: "#a9b1b9", width: 1 }),
    strokes(points.map((point) => [point, [point[0], point[1], bottom]]), see, { color: "#c3c9cf", width: 1 }),
    axisNames(axes, reach, [bottom, top + 0.08 * reach], see),
    labels,
  ];
  const wide = half * Math.max(1, size.width / size.height), high = half * Math.max(1, size.height / size.width);
  return { traces, x: [-wide, wide], y: [-high, high] };
}
