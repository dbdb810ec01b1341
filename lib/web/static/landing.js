// Coming from a mail: open what it was about. Which kind stands in the address; the list has what needs a person.
import { openAccounts } from "/accounts.js";
import { openLetters } from "/letters.js";
import { openReview } from "/review.js";
import { openSettling } from "/settling.js";

const OPENERS = {
  content: () => openReview(new Map()),
  publication: openSettling,
  failed: openLetters,
  account: openAccounts,
};

/** Once: the address is clean afterwards. */
export async function openNamed() {
  const [, what] = /^#([a-z]+)=/.exec(location.hash) ?? [];
  if (!Object.hasOwn(OPENERS, what ?? "")) return;
  history.replaceState(null, "", location.pathname + location.search);
  await OPENERS[what]();
}
