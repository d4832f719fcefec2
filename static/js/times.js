// <time data-time="exact|relative|both|brief|short|clock|countdown"> in the reader's own time zone; [data-since] counts on.
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
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

function isToday(then) {
  return then.toDateString() === new Date().toDateString();
}

function brief(then) {
  return isToday(then) ? time.format(then) : `${day.format(then)}, ${time.format(then)}`;
}

function show(element) {
  const then = new Date(element.dateTime);
  if (Number.isNaN(then.getTime())) return;
  const texts = {
    exact: () => exact.format(then),
    relative: () => relative(then),
    both: () => `${relative(then)} · ${exact.format(then)}`,
    brief: () => `${relative(then)} · ${brief(then)}`,
    short: () => (isToday(then) ? minute.format(then) : `${day.format(then)}, ${minute.format(then)}`),
    clock: () => clock.format(then),
    countdown: () => countdown(then),
  };
  element.textContent = (texts[element.dataset.time] ?? texts.exact)();
  element.title = zoned.format(then);
}

function spell(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours % 24} h`;
  return hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

function countdown(then) {
  return then > Date.now() ? `in ${spell(then - Date.now() + 999)}` : "now";
}

function count(element) {
  element.textContent = spell(Date.now() - new Date(element.dataset.since));
}

function showAll(within) {
  within.querySelectorAll("time[data-time]").forEach(show);
}

showAll(document);
document.addEventListener("htmx:load", (event) => showAll(event.detail.elt.parentElement ?? document));
setInterval(() => {
  document.querySelectorAll("[data-since]").forEach(count);
  document.querySelectorAll('time[data-time="countdown"]').forEach(show);
}, 1000);
setInterval(() => document.querySelectorAll('time[data-time="relative"], time[data-time="both"], time[data-time="brief"]').forEach(show), 15000);
