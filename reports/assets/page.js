"use strict";
// Better with a script, whole without one: an anchor opens what it points to.
function reveal() {
  let place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (; place; place = place.parentElement) {
    if (place.tagName === "DETAILS") { place.open = true; }
  }
}
addEventListener("hashchange", reveal);
reveal();
