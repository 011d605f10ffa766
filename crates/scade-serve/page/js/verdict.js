// The verdict: a sentence, the score and what it does not say. The threshold can be moved.

import { el, svg } from "./dom.js";
import { resultUrl } from "./api.js";
import { CANNOT, CAVEAT, bytes, number, reasonText, report, verdict } from "./words.js";

/** A shape for each call, so that color is not needed. */
function mark(call) {
  const shape = {
    evidence: svg("path", { d: "M12 2 L23 21 H1 Z M12 9 V14 M12 17 V18" }),
    none: svg("path", { d: "M2 12 a10 10 0 1 0 20 0 a10 10 0 1 0 -20 0 M7 12 H17" }),
    inconclusive: svg("path", { d: "M2 12 a10 10 0 1 0 20 0 a10 10 0 1 0 -20 0 M9 9.500 a3 3 0 1 1 4 2.800 q-1 .5 -1 1.700 M12 17 V17.500" }),
  }[call];
  const style = { fill: "none", stroke: "currentColor", "stroke-width": 2.2, "stroke-linecap": "round", "stroke-linejoin": "round" };
  return svg("svg", { class: "mark", viewBox: "0 0 24 24", "aria-hidden": "true", ...style }, shape);
}

function about(model) {
  const { width, height, seconds, fps, codec } = model.media;
  const size = width ? `${width} × ${height} pixels` : null;
  const length = typeof seconds === "number" ? `${seconds.toFixed(1)} s` : null;
  const rate = typeof fps === "number" ? `${fps.toFixed(fps % 1 ? 2 : 0)} frames per second` : null;
  const parts = [model.isVideo ? "Video" : "Image", size, length, rate, codec, model.media.bytes ? bytes(model.media.bytes) : null];
  return parts.filter(Boolean).join(", ");
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    // Not allowed outside of https and localhost: the old way.
    const area = el("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Cannot copy";
    area.remove();
    button.focus();
  }
  setTimeout(() => (button.textContent = "Copy as text"), 2000);
}

export function verdictCard(model, state, { remove }) {
  const heading = el("h1", { id: "verdict" });
  const caveat = el("p", {});
  const fill = el("div", { class: "fill" });
  const limit = el("div", { class: "limit" });
  const said = el("p", { class: "number" });
  const value = el("output", { class: "number", for: "threshold" });
  const slider = el("input", {
    id: "threshold", type: "range", min: 0, max: 1, step: 0.001,
    oninput: () => state.set({ threshold: Number(slider.value) }),
  });
  const reset = el("button", { type: "button", class: "plain", onclick: () => state.set({ threshold: model.threshold }) }, "Reset");
  const chips = el("ul", { class: "chips", "aria-label": "Reasons" });
  const copyButton = el("button", { type: "button", id: "copy", onclick: () => copy(report(model, state.threshold), copyButton) }, "Copy as text");
  fill.style.width = `${100 * model.score}%`;

  const card = el("article", { class: "card verdict", "aria-labelledby": "verdict" },
    el("div", { class: "verdict-main" },
      el("p", { class: "file muted" }, el("strong", {}, model.name), el("br", {}), about(model)),
      heading, caveat, chips,
      el("div", {},
        said,
        el("div", { class: "meter", role: "img", "aria-label": "Score from 0 to 1, with the threshold" },
          el("div", { class: "bar" }, fill), limit),
        el("div", { class: "slider" },
          el("div", { class: "ends small" },
            el("label", { for: "threshold" }, "Threshold ", value), reset),
          slider)),
      el("div", { class: "actions" },
        copyButton,
        el("a", { class: "button", id: "json", href: resultUrl(model.id), download: `${model.name}.scade.json` }, "Download JSON"),
        el("button", { type: "button", onclick: () => window.print() }, "Print"),
        el("button", { type: "button", id: "delete", onclick: remove }, "Delete result"))),
    el("aside", { class: "cannot", "aria-label": "What the detector cannot tell" },
      el("h2", {}, "What it cannot tell"),
      el("ul", {}, CANNOT.map((line) => el("li", {}, line)))));

  function update() {
    const { threshold } = state;
    const { call, title } = verdict(model, threshold);
    const isOwn = threshold === model.threshold;
    card.dataset.call = call;
    heading.replaceChildren(mark(call), el("span", {}, title));
    caveat.textContent = CAVEAT[call] + (isOwn ? "" : " The threshold was set by hand.");
    limit.style.left = `${100 * threshold}%`;
    slider.value = threshold;
    slider.setAttribute("aria-valuetext", `${number(threshold)}: ${title}`);
    value.textContent = number(threshold);
    reset.hidden = isOwn;
    const relation = model.score > threshold ? "above" : "not above";
    const probability = model.probability === undefined ? "" : ` Calibrated probability: ${number(model.probability)}.`;
    said.textContent = `Score ${number(model.score)}, ${relation} the threshold of ${number(threshold)}.${probability}`;
    const notes = isOwn ? model.reasons.map(reasonText) : [];
    if (model.withoutFace > 0) notes.push(`no face in ${model.withoutFace} of ${model.numFrames} frames`);
    if (model.damage) notes.push(`damaged file: ${model.damage}`);
    chips.replaceChildren(...notes.map((note) => el("li", {}, note)));
    chips.hidden = notes.length === 0;
  }
  return { card, update };
}
