// <time data-time="exact|relative|both|brief|clock"> in the reader's own time zone; [data-since] counts on.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const STEPS = [[60, "second"], [60, "minute"], [24, "hour"], [30, "day"], [12, "month"], [Infinity, "year"]];

function relative(then) {
  let span = (then - Date.now()) / 1000;
  if (Math.abs(span) < 5) return "just now";
  for (const [size, unit] of STEPS) {
    if (Math.abs(span) < size) return words.format(Math.round(span), unit);
    span /= size;
  }
}

function brief(then) {
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? time.format(then) : `${day.format(then)}, ${time.format(then)}`;
}

function show(element) {
  const then = new Date(element.dateTime);
  if (Number.isNaN(then.getTime())) return;
  const texts = {
    exact: () => exact.format(then),
    relative: () => relative(then),
    both: () => `${relative(then)} · ${exact.format(then)}`,
    brief: () => `${relative(then)} · ${brief(then)}`,
    clock: () => clock.format(then),
  };
  element.textContent = (texts[element.dataset.time] ?? texts.exact)();
  element.title = zoned.format(then);
}

function count(element) {
  const seconds = Math.max(0, Math.floor((Date.now() - new Date(element.dataset.since)) / 1000));
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  element.textContent = hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function showAll(within) {
  within.querySelectorAll("time[data-time]").forEach(show);
}

showAll(document);
document.addEventListener("htmx:load", (event) => showAll(event.detail.elt.parentElement ?? document));
setInterval(() => document.querySelectorAll("[data-since]").forEach(count), 1000);
setInterval(() => document.querySelectorAll('time[data-time="relative"], time[data-time="both"], time[data-time="brief"]').forEach(show), 15000);
