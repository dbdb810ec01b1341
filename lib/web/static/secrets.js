// A secret for signatures, made here and shown once.
import { copied } from "/ask.js";
import { busy, element } from "/page.js";
import { say } from "/words.js";

const BYTES = 32;

/** Below the field for a secret: a button that makes one, shows it, and offers it to be copied. */
export function secretMaker(input) {
  const make = element("button", { type: "button", className: "quiet small", textContent: say("makeSecret") });
  const copy = element("button", { type: "button", className: "quiet small", textContent: say("copy"), hidden: true });
  const hint = element("small", { textContent: say("secretOnce"), hidden: true });
  hint.setAttribute("role", "status");
  make.addEventListener("click", () => {
    input.value = newSecret();
    input.type = "text";
    input.focus();
    input.select();
    copy.hidden = hint.hidden = false;
  });
  copy.addEventListener("click", () => busy(copy, () => copied(input.value)));
  return element("p", { className: "row" }, make, copy, hint);
}

/** As Standard Webhooks writes them. */
const newSecret = () => `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(BYTES))))}`;
