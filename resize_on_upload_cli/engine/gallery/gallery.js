"use strict";
const variants = [...document.querySelectorAll("a.variant")];
const dialog = document.querySelector("dialog");
const [alone, caption, file] = ["img", "figcaption", "a"].map(name => dialog.querySelector(name));
let shown = 0;

// One pixel of a variant is one of the screen's; what is too wide for its cell says so.
function scale() {
  const ratio = window.devicePixelRatio || 1;
  for (const link of variants) {
    const image = link.firstElementChild;
    const own = image.getAttribute("width") / ratio;
    image.style.width = own + "px";
    const share = Math.round(100 * image.getBoundingClientRect().width / own);
    if (share < 99) link.dataset.shown = share + " %";
    else delete link.dataset.shown;
  }
  alone.style.width = alone.getAttribute("width") / ratio + "px";
  document.querySelector(".scale").textContent =
    "Variants are shown pixel for pixel on this screen. Select one to see it alone.";
}

function show(index) {
  shown = (index + variants.length) % variants.length;
  const image = variants[shown].firstElementChild;
  for (const name of ["src", "alt", "width", "height"]) alone.setAttribute(name, image.getAttribute(name));
  caption.textContent = image.alt;
  file.href = variants[shown].getAttribute("href");
  file.hidden = !variants[shown].getAttribute("href");
  scale();
  if (!dialog.open) dialog.showModal();
}

variants.forEach((link, index) => link.addEventListener("click", event => {
  event.preventDefault();
  show(index);
}));
dialog.addEventListener("click", event => {
  const action = event.target === dialog ? "close" : event.target.value;
  if (action === "close") dialog.close();
  if (action === "previous") show(shown - 1);
  if (action === "next") show(shown + 1);
});
dialog.addEventListener("keydown", event => {
  if (event.key === "ArrowLeft") show(shown - 1);
  if (event.key === "ArrowRight") show(shown + 1);
});
dialog.addEventListener("close", () => variants[shown].focus());
addEventListener("resize", scale);
scale();
