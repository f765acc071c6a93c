const numbers = (colour) => {
  const found = (colour.match(/[\d.]+(e-?\d+)?/g) ?? []).map(Number);
  return colour.startsWith("color(") ? [...found.slice(-4).length > 3 && colour.includes("/") ? found.slice(-4, -1) : found.slice(-3)].map((each) => 255 * each) : found;
};
const opaque = (colour) => colour !== "transparent" && !/^rgba.*, 0\)$/.test(colour);
const luminance = (colour) => {
  const [r, g, b] = numbers(colour).map((each) => (each / 255 <= 0.04045 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
function background(node) {
  for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (opaque(colour)) return colour;
  }
  return "rgb(255, 255, 255)";
}
// The texts that have less than WCAG's 4.5 to 1 with what is behind them (level AA).
function faint() {
  const found = [];
  for (const node of document.querySelectorAll("body *")) {
    const own = [...node.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim());
    if (!own || !node.getClientRects().length || ["SCRIPT", "STYLE", "OPTION"].includes(node.tagName)) continue;
    const style = getComputedStyle(node), colour = node.namespaceURI.endsWith("svg") ? style.fill : style.color;
    const [a, b] = [luminance(colour), luminance(background(node))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${node.tagName} ${node.className} ${colour} ${background(node)} ${node.textContent.slice(0, 30)}`);
  }
  return found;
}
