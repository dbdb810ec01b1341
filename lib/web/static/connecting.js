// Connecting an account: by the form that its platform asks for, or at the platform itself.
import { post } from "/api.js";
import { secretMaker } from "/secrets.js";
import { $, busy, changed, clearProblems, element, showProblem, toast } from "/page.js";
import { loadPlatforms, platforms } from "/places.js";
import { language, money, say, sayOne, translate } from "/words.js";

const dialog = $("#connect");
const form = $("#connecting");
let account = null;
let whenConnected = () => {};

/** `again`: the account that does not work any more; null for a new one. `connected` is called with what came of it. */
export async function openConnecting(again, connected) {
  account = again;
  whenConnected = connected;
  await loadPlatforms();
  form.reset();
  translate(form);
  const offered = [...platforms.values()].filter(({ platform }) => !again || platform === again.platform);
  form.elements.platform.replaceChildren(...offered.map(offer));
  form.elements.platform.closest("label").hidden = Boolean(again);
  if (!again) form.elements.platform.value = offered.find((it) => it.isConfigured)?.platform;
  $("#connect-title").textContent = again ? say("reconnectAccount", again) : say("connectAccount");
  draw();
  dialog.showModal();
  $(again ? "#platform-fields input, #connect-yes" : "select", form).focus();
}

function offer({ platform, isConfigured }) {
  const name = sayOne("platforms", platform);
  return element("option", { value: platform, textContent: isConfigured ? name : say("notSetUp", { platform: name }), disabled: !isConfigured });
}

const chosen = () => platforms.get(form.elements.platform.value);

function draw() {
  clearProblems(form);
  const { platform, connect, fields, promise, costMicroUsd, costWithLinkMicroUsd } = chosen();
  const name = sayOne("platforms", platform);
  $("#platform-help").textContent = sayOne("platformHelp", platform);
  $("#platform-fields").replaceChildren(...fields.map((field) => drawField(field, account?.settings[field.name])));
  $("#account-name").hidden = connect === "oauth" || Boolean(account);
  $("#platform-promise").textContent = [
    promise[language],
    costMicroUsd > 0 && say("costs", { platform: name, cost: money(costMicroUsd), costWithLink: money(costWithLinkMicroUsd) }),
  ].filter(Boolean).join(" ");
  $("#connect-yes").textContent = connect === "oauth" ? say("goTo", { platform: name }) : say("connect");
}

function drawField({ name, in: place, label, isSecret, isRequired, longest, example }, value = "") {
  const words = sayOne("fields", label.replace("account.", ""));
  const input = element("input", {
    name, type: isSecret ? "password" : "text", required: isRequired, maxLength: longest, autocomplete: "off", spellcheck: false,
    value: place === "settings" ? value : "", placeholder: isSecret ? "" : example,
  });
  input.dataset.place = place;
  const spoken = element("span", { textContent: isRequired ? words : say("optional", { label: words }) });
  const drawn = element("label", {}, spoken, input);
  if (isSecret) drawn.append(element("small", { textContent: say("example", { example }) }));
  return example.startsWith("whsec_") ? element("div", {}, drawn, secretMaker(input)) : drawn;
}

function filledIn(place) {
  const inputs = [...$("#platform-fields").querySelectorAll("input")].filter((input) => input.dataset.place === place);
  return Object.fromEntries(inputs.filter(({ value }) => value.trim()).map(({ name, value }) => [name, value.trim()]));
}

async function send() {
  const { platform, connect } = chosen();
  if (connect === "oauth") return leave(platform);
  const name = account?.name ?? form.elements.name.value.trim();
  const wish = { platform, credentials: filledIn("credentials"), settings: filledIn("settings"), ...(name && { name }) };
  const { outcome, account: fresh } = await post("/api/account/connect", wish);
  $("#platform-fields").replaceChildren(); // what was typed is kept nowhere
  dialog.close();
  toast(say(account && fresh.id !== account.id ? "otherAccount" : outcome === "reconnected" ? "reconnected" : "connected", fresh));
  changed();
  await whenConnected(fresh);
}

async function leave(platform) {
  const { url } = await post("/api/account/begin", { platform });
  location.assign(url);
}

/** What the platform says of what was typed is said beside it, whatever field it means. */
function tell(problem) {
  const last = [...form.querySelectorAll(`[data-place="${CSS.escape(problem.field ?? "")}"]`)].at(-1);
  showProblem(form, last ? Object.assign(problem, { field: last.name }) : problem);
}

form.elements.platform.addEventListener("change", draw);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy($("#connect-yes"), () => send().catch(tell));
});
dialog.addEventListener("close", () => $("#platform-fields").replaceChildren());
