// All faces, with maps over them where there are some.

import { el } from "./dom.js";
import { faceUrl } from "./api.js";
import { number, place } from "./words.js";

/** Faces that are shown at first. */
const FIRST = 24;

const VIEWS = {
  crop: "Face",
  defocus: "Defocus map",
  fake: "What raises the score",
  real: "What lowers it",
};

export function facesCard(model, state) {
  const available = Object.keys(VIEWS).filter((view) => view === "crop" || model.faces.some((face) => face.pictures.includes(view)));
  const grid = el("div", { class: "faces" });
  const more = el("button", { type: "button", onclick: () => state.set({ allFaces: true }) });
  const views = el("fieldset", { class: "views" }, el("legend", { class: "unseen" }, "What to show"),
    available.map((view) => el("label", {},
      el("input", { type: "radio", name: "view", value: view, checked: view === "crop", onchange: () => state.set({ view }) }),
      VIEWS[view])));
  const slider = el("input", {
    id: "opacity", type: "range", min: 0, max: 1, step: 0.05, value: 0.7,
    oninput: () => state.set({ opacity: Number(slider.value) }),
  });
  const opacity = el("div", { class: "opacity" }, el("label", { for: "opacity" }, "Opacity"), slider);
  const order = el("button", { type: "button", onclick: () => state.set({ byScore: !state.byScore }) });
  const card = el("section", { class: "card", "aria-labelledby": "faces" },
    el("div", { class: "head" },
      el("h2", { id: "faces" }, `Faces (${model.faces.length})`),
      el("div", { class: "row" }, available.length > 1 && [views, opacity], model.faces.length > 1 && order)),
    grid, more);

  function figure(face) {
    const { view } = state;
    const person = model.people[face.order];
    const where = model.isVideo ? place(face) : person.name;
    const alt = `Face of ${person.name}${model.isVideo ? `, ${place(face)}` : ""}, score ${number(face.score)}`;
    const has = view !== "crop" && face.pictures.includes(view);
    const map = has && el("img", { class: "map", src: faceUrl(model.id, face.index, view), alt: VIEWS[view], loading: "lazy" });
    if (map) map.style.opacity = state.opacity;
    return el("figure", { class: `face c${face.order % 6}${face.score > state.threshold ? " above" : ""}` },
      el("button", {
        type: "button", class: "stack", title: "Show the frame", "aria-label": `Show the frame of: ${alt}`,
        onclick: () => state.set({ frame: face.frame }, true),
      }, el("img", { src: faceUrl(model.id, face.index), alt: "", loading: "lazy" }), map),
      el("figcaption", {},
        el("span", {}, where), el("span", { class: "number" }, number(face.score)),
        el("a", {
          href: faceUrl(model.id, face.index, has ? view : "crop"),
          download: `${model.name}.face-${face.index}${has ? `-${view}` : ""}.png`,
          "aria-label": `Download: ${alt}`,
        }, "Download")));
  }
  let drawn = "";
  function update() {
    const { view, byScore, allFaces, threshold } = state;
    opacity.hidden = view === "crop";
    order.textContent = byScore ? "In order of time" : "Highest score first";
    const faces = byScore ? model.faces.toSorted((a, b) => b.score - a.score) : model.faces;
    const count = allFaces ? faces.length : Math.min(FIRST, faces.length);
    const now = JSON.stringify([view, byScore, count]);
    if (now !== drawn) grid.replaceChildren(...faces.slice(0, count).map(figure));
    else {
      for (const map of grid.querySelectorAll(".map")) map.style.opacity = state.opacity;
      faces.slice(0, count).forEach((face, index) => grid.children[index].classList.toggle("above", face.score > threshold));
    }
    drawn = now;
    more.hidden = count === faces.length;
    more.textContent = `Show all ${faces.length} faces`;
  }
  return { card, update };
}
