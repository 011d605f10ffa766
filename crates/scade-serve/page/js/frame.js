// One frame with the boxes of its faces.

import { el, svg } from "./dom.js";
import { frameUrl } from "./api.js";
import { number, place } from "./words.js";

export function frameCard(model, state) {
  const numbers = model.frames.map((frame) => frame.number);
  const image = el("img", { id: "frame" });
  const boxes = svg("svg", { "aria-hidden": "true", preserveAspectRatio: "none" });
  const holder = el("div", { class: "frame-box" }, image, boxes);
  const title = el("h2", {});
  const download = el("a", { class: "button" }, model.isVideo ? "Download frame" : "Download image");
  const step = (by) => {
    const index = Math.min(Math.max(numbers.indexOf(state.frame) + by, 0), numbers.length - 1);
    state.set({ frame: numbers[index] });
  };
  const before = el("button", { type: "button", id: "before", onclick: () => step(-1) }, "← Earlier");
  const after = el("button", { type: "button", id: "after", onclick: () => step(1) }, "Later →");
  const card = el("section", { class: "card", "aria-label": "Frame" },
    el("div", { class: "head" }, title, el("div", { class: "row" }, model.frames.length > 1 && [before, after], download)),
    holder);

  /** Pixels of the boxes are those of the original, of which the picture is a smaller copy. */
  function draw(frame) {
    const { width, height } = model.media;
    for (const tag of holder.querySelectorAll(".tag")) tag.remove();
    boxes.setAttribute("viewBox", `0 0 ${width} ${height}`);
    boxes.replaceChildren(...frame.faces.flatMap((face) => {
      const { x1, y1, x2, y2 } = face.box;
      const area = { x: x1, y: y1, width: x2 - x1, height: y2 - y1 };
      return [svg("rect", { class: "halo", ...area }), svg("rect", { class: `box c${face.order % 6}`, ...area })];
    }));
    for (const face of frame.faces) {
      const tag = el("span", { class: "tag number" }, `${model.people[face.order].name}: ${number(face.score)}`);
      tag.style.left = `${Math.min(Math.max((100 * face.box.x1) / width, 0), 75)}%`;
      tag.style.top = `${Math.min(Math.max((100 * face.box.y1) / height, 8), 100)}%`;
      holder.append(tag);
    }
  }
  let shown = null;
  function update() {
    const frame = model.frames[Math.max(numbers.indexOf(state.frame), 0)];
    if (shown === frame) return;
    shown = frame;
    const faces = frame.faces.map((face) => `${model.people[face.order].name} with a score of ${number(face.score)}`);
    image.src = frameUrl(model.id, frame.number);
    image.alt = `${model.isVideo ? `Frame ${frame.number}` : "The image"}, with boxes around ${faces.join(" and ")}`;
    title.textContent = model.isVideo ? `Frame ${frame.number}${typeof frame.time === "number" ? `, ${place(frame)}` : ""}` : "Image";
    download.href = image.src;
    download.download = `${model.name}.frame-${frame.number}.jpg`;
    before.disabled = frame === model.frames[0];
    after.disabled = frame === model.frames.at(-1);
    draw(frame);
  }
  return { card, update };
}
