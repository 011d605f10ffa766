// Scores over time, one line for each person. A click or the arrow keys choose a frame.

import { el, svg } from "./dom.js";
import { number, place } from "./words.js";

const HEIGHT = 210;
const EDGE = { left: 36, right: 14, top: 12, bottom: 26 };
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "4 4", "1 4"];

/** Circle, square or triangle, so that color is not needed. */
function point(order, x, y) {
  const size = 4.2;
  if (order % 3 === 1) return svg("rect", { class: "point", x: x - size, y: y - size, width: 2 * size, height: 2 * size });
  if (order % 3 === 2) return svg("path", { class: "point", d: `M${x} ${y - 5.4} l5 9 h-10 z` });
  return svg("circle", { class: "point", cx: x, cy: y, r: size });
}

export function timelineCard(model, state) {
  const numbers = model.frames.map((frame) => frame.number);
  const isTimed = model.frames.every((frame) => typeof frame.time === "number");
  const at = (frame) => (isTimed ? frame.time : frame.number);
  const first = at(model.frames[0]);
  const last = Math.max(at(model.frames.at(-1)), first + 1e-9);
  const chart = svg("svg", { "aria-hidden": "true" });
  let width = 600;

  const x = (value) => EDGE.left + ((value - first) / (last - first)) * (width - EDGE.left - EDGE.right);
  const y = (score) => EDGE.top + (1 - score) * (HEIGHT - EDGE.top - EDGE.bottom);
  const chosen = () => Math.max(numbers.indexOf(state.frame), 0);
  const choose = (index) => state.set({ frame: numbers[Math.min(Math.max(index, 0), numbers.length - 1)] });

  function click(event) {
    const left = event.clientX - chart.getBoundingClientRect().left;
    const away = model.frames.map((frame) => Math.abs(x(at(frame)) - left));
    choose(away.indexOf(Math.min(...away)));
  }
  function key(event) {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[event.key];
    if (step) choose(chosen() + step);
    else if (event.key === "Home") choose(0);
    else if (event.key === "End") choose(numbers.length - 1);
    else return;
    event.preventDefault();
  }

  function series(person) {
    const group = svg("g", { class: `c${person.order % 6}` });
    let path = "";
    let before = null;
    for (const face of person.faces) {
      const position = numbers.indexOf(face.frame);
      // A frame without this person interrupts the line.
      const joins = before !== null && position === before + 1;
      path += `${joins ? "L" : "M"}${x(at(model.frames[position]))} ${y(face.score)}`;
      before = position;
    }
    group.append(svg("path", { class: "series", d: path, "stroke-dasharray": DASHES[person.order % 6] }));
    for (const face of person.faces) group.append(point(person.order, x(at({ number: face.frame, time: face.time })), y(face.score)));
    return group;
  }

  function segments() {
    const all = model.people.flatMap((person) => person.segments);
    return all.map((segment) => {
      const ends = isTimed && segment.times ? segment.times : segment.frames;
      if (!ends?.every((end) => typeof end === "number")) return null;
      const [from, to] = ends.map((end) => x(Math.min(Math.max(end, first), last)));
      return svg("rect", { class: "segment", x: from, y: EDGE.top, width: Math.max(to - from, 2), height: HEIGHT - EDGE.top - EDGE.bottom });
    }).filter(Boolean);
  }

  function draw() {
    chart.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    const right = width - EDGE.right;
    const lines = [0, 0.5, 1].flatMap((score) => [
      svg("line", { class: "grid", x1: EDGE.left, x2: right, y1: y(score), y2: y(score) }),
      svg("text", { x: EDGE.left - 8, y: y(score) + 4, "text-anchor": "end" }, String(score)),
    ]);
    const ticks = Math.max(Math.min(Math.floor(width / 110), 8), 1);
    const labels = Array.from({ length: ticks + 1 }, (_, index) => first + ((last - first) * index) / ticks).map((value, index) => {
      const text = isTimed ? `${value.toFixed(last - first < 10 ? 1 : 0)} s` : `${Math.round(value)}`;
      const anchor = index === 0 ? "start" : index === ticks ? "end" : "middle";
      return svg("text", { x: x(value), y: HEIGHT - 8, "text-anchor": anchor }, text);
    });
    const limit = y(state.threshold);
    const cursor = x(at(model.frames[chosen()]));
    chart.replaceChildren(
      ...segments(), ...lines, ...labels,
      svg("line", { class: "limit", x1: EDGE.left, x2: right, y1: limit, y2: limit }),
      svg("text", { class: "limit-text", x: right, y: limit < 30 ? limit + 15 : limit - 5, "text-anchor": "end" }, `threshold ${number(state.threshold)}`),
      svg("line", { class: "cursor", x1: cursor, x2: cursor, y1: EDGE.top, y2: HEIGHT - EDGE.bottom }),
      ...model.people.map(series));
  }

  const plot = el("div", {
    class: "timeline", id: "timeline", role: "slider", tabindex: 0, "aria-label": "Frame",
    "aria-valuemin": 1, "aria-valuemax": numbers.length, onclick: click, onkeydown: key,
  }, chart);
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now > 0 && now !== width) {
      width = now;
      draw();
    }
  }).observe(plot);

  const legend = el("ul", { class: "legend" }, model.people.map((person) =>
    el("li", { class: `c${person.order % 6}` },
      svg("svg", { viewBox: "0 0 26 12", "aria-hidden": "true" },
        svg("line", { class: "series", x1: 0, x2: 26, y1: 6, y2: 6, "stroke-dasharray": DASHES[person.order % 6] }),
        point(person.order, 13, 6)),
      person.name)));
  const rows = model.frames.map((frame) => el("tr", {},
    el("td", {}, place(frame)),
    model.people.map((person) => el("td", { class: "number" }, number(frame.faces.find((face) => face.person === person.number)?.score)))));
  const table = el("details", {}, el("summary", {}, "Scores as a table"),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Scores" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", {}, isTimed ? "Time" : "Frame"), model.people.map((person) => el("th", {}, person.name)))),
      el("tbody", {}, rows))));

  const card = el("section", { class: "card", "aria-labelledby": "times" },
    el("div", { class: "head" }, el("h2", { id: "times" }, "Score over time"), legend),
    plot,
    el("p", { class: "small muted" }, "Click, or use the arrow keys, to see a frame. A shaded part is one that the detector suspects."),
    table);
  if (model.people.every((person) => person.segments.length === 0)) {
    card.querySelector("p").textContent = "Click, or use the arrow keys, to see a frame.";
  }
  function update() {
    const frame = model.frames[chosen()];
    const scores = frame.faces.map((face) => `${model.people[face.order].name} ${number(face.score)}`);
    plot.setAttribute("aria-valuenow", chosen() + 1);
    plot.setAttribute("aria-valuetext", `${place(frame)}: ${scores.join(", ")}`);
    draw();
  }
  return { card, update };
}
