// One card for each person, with a score of their own.

import { el } from "./dom.js";
import { faceUrl } from "./api.js";
import { number, place, reasonText } from "./words.js";

export function peopleCard(model, state) {
  const cards = model.people.map((person) => {
    const words = el("p", { class: "small" });
    const ends = [person.faces[0], person.faces.at(-1)].map(place);
    const many = person.faces.length;
    const seen = model.isVideo ? `seen in ${many} ${many === 1 ? "frame" : "frames"}, ${ends[0]} to ${ends[1]}` : "";
    const calibrated = person.probability === undefined ? "" : `, probability ${number(person.probability)}`;
    const card = el("div", { class: `person c${person.order % 6}` },
      el("img", { src: faceUrl(model.id, person.best.index), alt: `Highest scored face of ${person.name}`, width: 72, height: 72 }),
      el("div", {},
        el("h3", {}, person.name),
        el("p", { class: "score number" }, number(person.score)),
        words,
        seen && el("p", { class: "small muted" }, seen),
        model.isVideo && el("button", {
          type: "button", class: "plain",
          onclick: () => state.set({ frame: person.best.frame }),
        }, "Show highest frame")));
    const update = () => {
      const above = person.score > state.threshold;
      const own = state.threshold === model.threshold && person.call;
      const said = { evidence: "evidence of manipulation", none: "no evidence found", inconclusive: "inconclusive" };
      const call = own || (above ? "evidence" : "none");
      const reasons = own ? person.reasons.map(reasonText) : [];
      words.textContent = [said[call] + calibrated, ...reasons].join("; ");
    };
    return { card, update };
  });
  const card = el("section", { class: "card", "aria-labelledby": "people" },
    el("h2", { id: "people" }, model.people.length === 1 ? "Person" : "People"),
    el("div", { class: "people" }, cards.map((each) => each.card)));
  return { card, update: () => cards.forEach((each) => each.update()) };
}
