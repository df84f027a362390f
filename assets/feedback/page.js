// The feedback page of a deployment. Whatever people or models wrote is set as text, never as HTML.

const here = location.pathname.replace(/\/+$/, "");
const find = (id) => document.getElementById(id);
const news = find("news");

async function call(what, body) {
  const sent = body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(`${here}/${what}`, sent);
  } catch {
    throw new Error("The server cannot be reached. Try again later.");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.error || "That did not work. Try again later.");
  return told;
}

function tell(place, text, failed = false) {
  place.textContent = text;
  place.classList.toggle("failed", failed);
}

async function about() {
  try {
    const told = await call("about");
    find("name").textContent = told.name;
    document.title = `${told.name}: ask and rate`;
    find("description").textContent = told.description;
    find("counted").textContent = told.counted;
    find("notice").textContent = told.learns
      ? "What you write here is kept. Corrections are learnt from once a person has approved them. Leave out names and other personal data."
      : "What you write here is kept, and not learnt from. Leave out names and other personal data.";
  } catch (error) {
    tell(news, error.message, true);
  }
}

function exchange(question, id, answer) {
  const card = find("exchange").content.cloneNode(true).firstElementChild;
  const part = (name) => card.querySelector(name);
  const told = part(".told");
  const words = part(".words");
  const correction = part(".correction");
  part(".asked").textContent = question;
  part(".answer").textContent = answer;
  correction.value = answer;

  async function say(said, controls) {
    controls.forEach((control) => { control.disabled = true; });
    try {
      const kept = await call("say", { id, ...said });
      tell(told, kept.sentence);
      return true;
    } catch (error) {
      tell(told, error.message, true);
      return false;
    } finally {
      controls.forEach((control) => { control.disabled = false; });
    }
  }

  const thumbs = [...card.querySelectorAll("[data-thumb]")];
  thumbs.forEach((thumb) => thumb.addEventListener("click", async () => {
    if (!await say({ thumb: thumb.dataset.thumb }, thumbs)) return;
    thumbs.forEach((other) => other.setAttribute("aria-pressed", String(other === thumb)));
    thumb.focus();
  }));

  const opener = part(".correct");
  function open(wanted) {
    words.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
    (wanted ? correction : opener).focus();
  }
  opener.addEventListener("click", () => open(words.hidden));
  words.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = {};
    if (correction.value.trim() && correction.value !== answer) said.correction = correction.value;
    if (part(".comment").value.trim()) said.comment = part(".comment").value;
    if (!Object.keys(said).length) {
      tell(told, "Change the answer or write a remark first.", true);
      return;
    }
    if (await say(said, [words.querySelector("button")])) open(false);
  });
  return card;
}

find("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = find("question").value.trim();
  if (!question) return;
  find("send").disabled = true;
  tell(news, "Answering …");
  try {
    const told = await call("ask", { question });
    find("answers").prepend(exchange(question, told.id, told.answer));
    tell(news, "Here is the answer.");
    find("question").value = "";
  } catch (error) {
    tell(news, error.message, true);
  } finally {
    find("send").disabled = false;
  }
});

about();
