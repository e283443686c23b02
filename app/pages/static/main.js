// Ties the form, the result and the API together. Without this file the form posts itself and the page comes back.

import { ask, get, Refusal } from "./api.js";
import { Batch } from "./batch.js";
import { Camera } from "./camera.js";
import { Dialects } from "./dialects.js";
import { Form, jsonRequest } from "./form.js";
import { HeatMap } from "./heatmap.js";
import { Models } from "./models.js";
import { Pad } from "./pad.js";
import { Picture } from "./picture.js";
import { ResultView } from "./result.js";
import { SnippetsView } from "./snippets.js";
import { WhatIf } from "./whatif.js";

const element = document.querySelector("#form");
const form = new Form(element);
const result = new ResultView(document.querySelector("#result"));
const snippets = new SnippetsView(document.querySelector("#snippets"));
const picture = setUp("#drop", Picture, predict);
const pad = setUp("#pad", Pad, predict, forget);
setUp("#models", Models);
setUp("#dialects", Dialects);
setUp("#batch", Batch);
const whatIf = setUp("#what-if", WhatIf, form, () => predict(form, true));
setUp("#camera", Camera, (file) => picture.choose(file));
const heatMap = setUp("#heat", HeatMap, (rows, signal) => ask(form.path, jsonRequest(rows), signal));

// Whatever was given last: the fields, a picture or a drawing. Each says its `request`, a picture its `bitmap` as well.
let source = picture ?? form;
let running = new AbortController();

element.addEventListener("submit", (event) => {
  event.preventDefault();
  predict(source);
});

element.querySelector("#example").addEventListener("click", (event) => {
  event.preventDefault();
  if (picture) chooseExample(event.currentTarget);
  else form.fillExample();
});

function setUp(selector, Kind, ...callbacks) {
  const place = document.querySelector(selector);
  return place && new Kind(place, ...callbacks);
}

async function chooseExample(button) {
  const { row } = button.dataset;
  if (row) return predict({ request: () => jsonRequest(row) });
  try {
    const blob = await get(button.querySelector("img").src);
    picture.choose(new File([blob], "example.png", { type: blob.type }));
  } catch (error) {
    form.showErrors(error);
  }
}

// The last request wins: an answer that was overtaken is not shown. quiet: the person is still moving something, so the
// focus, the window and the screen reader are left in peace.
async function predict(given, quiet = false) {
  source = given;
  // One input is seen at a time: the one that the result belongs to.
  for (const other of [picture, pad]) if (other !== given) other?.clear();
  running.abort();
  const mine = (running = new AbortController());
  heatMap?.reset();
  result.await(true);
  try {
    const seen = given.bitmap?.(); // what is asked about, whatever is given meanwhile
    seen?.catch(() => {}); // it is awaited below, unless the request fails
    const request = await given.request();
    const answer = await ask(form.path, request, mine.signal);
    const bitmap = await seen;
    if (mine.signal.aborted) return;
    form.clearErrors();
    result.show(answer, bitmap, quiet);
    whatIf?.mark(answer);
    snippets.show(form.path, request);
    if (bitmap) heatMap?.offer(given, bitmap);
    if (given === pad) pad.mark(answer.predictions[0], result.colors);
    else if (!quiet) reveal(result.panel); // not while somebody draws
  } catch (error) {
    if (mine.signal.aborted) return;
    form.showErrors(error instanceof Refusal ? error : new Refusal(`The answer cannot be shown: ${error.message}`), quiet);
    result.clear();
    whatIf?.unmark();
  } finally {
    if (running === mine) result.await(false);
  }
}

// What was drawn is gone, and with it what was read from it.
function forget() {
  running.abort();
  source = picture;
  form.clearErrors();
  result.clear();
  result.await(false);
}

// On a phone the result lies below the form.
function reveal(panel) {
  const gently = matchMedia("(prefers-reduced-motion: no-preference)").matches;
  panel.scrollIntoView({ block: "nearest", behavior: gently ? "smooth" : "instant" });
}
