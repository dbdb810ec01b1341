// What the page says, in the languages of the product.
const WORDS = {
  en: {
    tagline: "Scheduled content that goes out once, on time.",
    signIn: "Sign in", signUp: "Create account", signOut: "Sign out", email: "Email", password: "Password",
    schedules: "Schedules", newSchedule: "New schedule", editSchedule: "Edit schedule", more: "Show more",
    empty: "No schedules yet. Make the first one: it takes a minute.",
    name: "Name", contentType: "What to write", frequency: "How often", timeOfDay: "Time", weekday: "Weekday",
    dayOfMonth: "Day of month", rrule: "Rule (RFC 5545)", timezone: "Time zone", promptType: "Prompt", topic: "Topic",
    customPrompt: "Your prompt", voice: "Voice", audience: "Readers", writtenIn: "Language of the text (ko, en, …)",
    cancel: "Cancel", close: "Close", save: "Save", runNow: "Run now", history: "History", edit: "Edit", pause: "Pause",
    resume: "Resume", delete: "Delete", undo: "Undo", copy: "Copy", copied: "Copied",
    next: "Next: {when}", unarmed: "(not armed yet)", noNext: "No next run",
    stats: "{n} written · {failed} failed · last {last}", never: "never",
    running: "Writing…", ran: "Written.", deleted: "Deleted “{name}”.", saved: "Saved.",
    confirmMail: "Almost there: follow the link in the mail, then sign in.",
    forecast: "About {run} a run, {month} a month · {day} runs a day of {limit} in your plan",
    tooMuch: "This is more than your plan allows.",
    plan: "Plan {plan}: {schedules} of {maxSchedules} schedules, {runs} of {maxRuns} runs today",
    noRuns: "Nothing yet.", byHand: "run by hand", words: "{n} words",
    offline: "The service cannot be reached. Trying again.",
    status: { active: "active", paused: "paused", finished: "finished", deleted: "deleted", running: "running",
      retrying: "retrying", succeeded: "written", failed: "failed", skipped: "skipped", missed: "missed" },
    reason: { paused: "it was paused", superseded: "the times were changed", deleted: "it was deleted",
      subscription: "the subscription had lapsed", quota: "the day's runs were used up",
      budget: "the day's money was used up", late: "it was too late", model: "the model did not write it",
      content: "the text did not keep the platform's limits", attempts: "it was tried too often",
      delivery: "the message did not arrive", invalid: "rule or settings cannot be used" },
    contentTypes: { x_post: "X post", x_thread: "X thread", blog_post: "Blog post", newsletter: "Newsletter",
      linkedin_post: "LinkedIn post" },
    frequencies: { hourly: "Hourly", "3hours": "Every 3 hours", "6hours": "Every 6 hours", daily: "Daily",
      weekly: "Weekly", monthly: "Monthly", custom: "Custom" },
    weekdays: { 1: "Monday", 2: "Tuesday", 3: "Wednesday", 4: "Thursday", 5: "Friday", 6: "Saturday", 7: "Sunday" },
    promptTypes: { auto: "Worded for me", custom: "My own prompt" },
    errors: {},
  },
  ko: {
    tagline: "예약한 콘텐츠를 제시간에, 한 번만.",
    signIn: "로그인", signUp: "계정 만들기", signOut: "로그아웃", email: "이메일", password: "비밀번호",
    schedules: "스케줄", newSchedule: "새 스케줄", editSchedule: "스케줄 수정", more: "더 보기",
    empty: "아직 스케줄이 없습니다. 1분이면 첫 스케줄을 만들 수 있습니다.",
    name: "이름", contentType: "콘텐츠 종류", frequency: "주기", timeOfDay: "시각", weekday: "요일", dayOfMonth: "날짜",
    rrule: "규칙 (RFC 5545)", timezone: "시간대", promptType: "프롬프트", topic: "주제", customPrompt: "내 프롬프트",
    voice: "말투", audience: "독자", writtenIn: "글의 언어 (ko, en, …)",
    cancel: "취소", close: "닫기", save: "저장", runNow: "지금 실행하기", history: "생성 이력", edit: "수정",
    pause: "일시정지", resume: "재개", delete: "삭제", undo: "되돌리기", copy: "복사", copied: "복사했습니다",
    next: "다음 실행: {when}", unarmed: "(아직 예약 전)", noNext: "다음 실행 없음",
    stats: "생성 {n}회 · 실패 {failed}회 · 마지막 {last}", never: "없음",
    running: "쓰는 중…", ran: "생성했습니다.", deleted: "‘{name}’ 삭제됨.", saved: "저장했습니다.",
    confirmMail: "거의 다 됐습니다. 메일의 링크를 누른 뒤 로그인하세요.",
    forecast: "1회 약 {run}, 한 달 약 {month} · 하루 {day}회 (요금제 한도 {limit}회)",
    tooMuch: "요금제 한도를 넘습니다.",
    plan: "요금제 {plan}: 스케줄 {schedules}/{maxSchedules}개, 오늘 {runs}/{maxRuns}회",
    noRuns: "아직 이력이 없습니다.", byHand: "직접 실행", words: "{n}단어",
    offline: "서비스에 연결할 수 없습니다. 다시 시도합니다.",
    status: { active: "활성", paused: "일시정지", finished: "종료", deleted: "삭제됨", running: "실행 중",
      retrying: "재시도 중", succeeded: "생성됨", failed: "실패", skipped: "건너뜀", missed: "놓침" },
    reason: { paused: "일시정지 중", superseded: "시간이 변경됨", deleted: "삭제됨", subscription: "구독 만료",
      quota: "하루 실행 한도 소진", budget: "하루 예산 소진", late: "시간 초과", model: "모델이 쓰지 못함",
      content: "플랫폼 제한을 지키지 못함", attempts: "시도 횟수 초과", delivery: "메시지 미도착",
      invalid: "규칙 또는 설정 오류" },
    contentTypes: { x_post: "X 게시물", x_thread: "X 스레드", blog_post: "블로그 글", newsletter: "뉴스레터",
      linkedin_post: "링크드인 게시물" },
    frequencies: { hourly: "매시간", "3hours": "3시간마다", "6hours": "6시간마다", daily: "매일", weekly: "주간",
      monthly: "월간", custom: "사용자 지정" },
    weekdays: { 1: "월요일", 2: "화요일", 3: "수요일", 4: "목요일", 5: "금요일", 6: "토요일", 7: "일요일" },
    promptTypes: { auto: "자동", custom: "직접 작성" },
    errors: {
      invalid_credentials: "이메일 또는 비밀번호가 올바르지 않습니다.", address_taken: "이미 가입된 이메일입니다.",
      email_not_confirmed: "메일의 링크로 이메일을 먼저 확인하세요.", signed_out: "먼저 로그인하세요.",
      session_over: "세션이 끝났습니다. 다시 로그인하세요.", plan_limit: "요금제의 스케줄 한도를 넘었습니다.",
      quota: "오늘의 실행 한도를 모두 썼습니다.", budget: "오늘의 예산이 부족합니다.",
      revision_conflict: "다른 곳에서 먼저 수정되었습니다. 다시 확인하세요.", in_progress: "이미 실행 중입니다.",
      finished: "남은 실행이 없습니다.", too_many_sign_ins: "시도가 너무 많습니다. 잠시 후 다시 시도하세요.",
      invalid: "입력값을 확인하세요.", role: "권한이 없습니다.", subscription: "구독이 만료되었습니다.",
    },
  },
};

const chosen = new URLSearchParams(location.search).get("lang") ?? navigator.language;
export let language = chosen.toLowerCase().startsWith("ko") ? "ko" : "en";

export function speak(name) {
  language = name;
}

/** The words for a key, with `{places}` filled in. */
export function say(key, places = {}) {
  return WORDS[language][key].replace(/\{(\w+)\}/g, (_, place) => places[place] ?? "");
}

/** One of a group, e.g. `sayOne("status", "active")`; the name itself if it has no words. */
export const sayOne = (group, name) => WORDS[language][group][name] ?? name;

export const options = (group) => Object.entries(WORDS[language][group]);

export function translate(root = document) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = say(element.dataset.t);
  for (const select of root.querySelectorAll("[data-options]")) {
    const before = select.value;
    select.replaceChildren(...options(select.dataset.options).map(([value, text]) => new Option(text, value)));
    if (before) select.value = before;
  }
}

/** A moment in a zone, e.g. "Mon, Nov 23, 09:00". */
export function when(instant, timeZone) {
  return new Intl.DateTimeFormat(language, {
    weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone,
  }).format(new Date(instant));
}

/** How far away, e.g. "in 3 hours". */
export function distance(instant, now = Date.now()) {
  const seconds = (new Date(instant) - now) / 1000;
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]]
    .find(([size]) => Math.abs(seconds) >= size) ?? [1, "second"];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

export const money = (micros) =>
  new Intl.NumberFormat(language, { style: "currency", currency: "USD", maximumFractionDigits: micros < 1e6 ? 4 : 2 })
    .format(micros / 1e6);
