// A text field that hides the rows of the leaderboard that do not contain the text.
document.querySelector("#board-filter")?.addEventListener("input", (event) => {
  const text = event.target.value.toLowerCase();
  for (const row of document.querySelectorAll("#board tbody tr")) row.hidden = !row.textContent.toLowerCase().includes(text);
});
