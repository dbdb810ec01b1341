// Coming back from a platform at which an account was connected: say how it ended, and clean the address.
import { toast } from "/page.js";
import { sayOne } from "/words.js";

export function tellReturn() {
  const address = new URL(location.href);
  const how = address.searchParams.get("account");
  if (how === null) return;
  address.searchParams.delete("account");
  history.replaceState(null, "", address);
  const words = sayOne("accountReturned", how);
  if (words !== how) toast(words); // nothing of an address is shown
}
