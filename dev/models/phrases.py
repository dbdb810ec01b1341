"""Sentences for made-up posts. `{topic}` is what the piece is about. Plain enough to pass for a draft at a glance."""

ENGLISH_TITLES = (
    "What {topic} teaches in a week",
    "{topic}: the part nobody plans for",
    "A smaller way to start with {topic}",
    "Three quiet rules for {topic}",
    "{topic}, one step at a time",
    "Where {topic} really takes its time",
)

ENGLISH = (
    "Start {topic} with the smallest piece that somebody else can use.",
    "The first ten minutes of {topic} decide more than the next two hours.",
    "Write down why before how; {topic} forgives a slow start, not a vague one.",
    "Keep one list for {topic}, and cross out more than you add.",
    "Most of the cost of {topic} is in switching back and forth.",
    "If {topic} feels heavy, halve the scope and keep the date.",
    "Ask one reader what they remember of {topic}; that is your outline.",
    "Good habits around {topic} are boring on purpose.",
    "Measure {topic} by what got easier for somebody, not by hours.",
    "A fixed hour for {topic} beats a free afternoon that never comes.",
    "The second version of {topic} is where the useful questions appear.",
    "Say no to one thing today, and {topic} gets its room.",
    "Put the hard part of {topic} first, while nobody has written to you yet.",
    "When {topic} goes wrong, look at the hand-over before the people.",
    "Leave {topic} in a state that a tired colleague could pick up.",
    "Choose one number for {topic} and look at it every Friday.",
    "It is fine to repeat yourself about {topic}; few people heard it the first time.",
    "A short note after each round of {topic} is worth a long report at the end.",
    "Tools change quickly, the order of work in {topic} hardly does.",
    "Finish {topic} five minutes early and spend them on the next first step.",
    "Compare {topic} with last month, not with somebody else's best day.",
    "What you leave out of {topic} is what makes the rest readable.",
    "Teach {topic} once and you will find the step you always skip.",
    "The calm way through {topic}: decide, do, look, adjust.",
)

ENGLISH_HEADINGS = ("Where to begin", "What to leave out", "A rhythm that holds", "The check at the end")

KOREAN_TITLES = (
    "{topic}, 가장 작은 것부터",
    "{topic}에서 자주 놓치는 한 가지",
    "일주일 동안 {topic}을 다시 보며",
    "{topic}을 꾸준히 하는 세 가지 방법",
    "천천히 가도 되는 {topic}",
    "{topic}, 오늘 할 수 있는 만큼",
)

KOREAN = (
    "{topic}, 오늘은 가장 작은 단위로 시작해 보세요.",
    "{topic}의 성패는 처음 10분에 절반이 정해집니다.",
    "{topic} 앞에서는 방법보다 이유를 먼저 적어 둡니다.",
    "{topic} 목록은 더하는 날보다 지우는 날이 많아야 합니다.",
    "{topic}에서 가장 비싼 것은 오가며 흩어지는 집중입니다.",
    "{topic}이 무겁다면 날짜는 두고 범위를 절반으로 줄입니다.",
    "한 사람에게 {topic}에서 무엇이 남았는지 물어보세요.",
    "{topic}의 좋은 습관은 일부러 심심하게 만듭니다.",
    "{topic}은 들인 시간이 아니라 누군가 쉬워진 만큼으로 잽니다.",
    "비는 오후를 기다리기보다 {topic}에 정해진 한 시간을 줍니다.",
    "{topic}은 두 번째 판에서야 쓸모 있는 질문이 나옵니다.",
    "오늘 하나를 거절하면 {topic}의 자리가 생깁니다.",
    "{topic}의 어려운 부분은 아침에 먼저 끝냅니다.",
    "{topic}이 꼬이면 사람보다 넘겨주는 순서를 먼저 봅니다.",
    "{topic}은 지친 동료도 이어받을 수 있게 남겨 둡니다.",
    "{topic}의 숫자는 하나만 정하고 금요일마다 봅니다.",
    "{topic} 이야기는 되풀이해도 괜찮습니다. 처음 듣는 사람이 더 많으니까요.",
    "{topic} 한 판마다 남긴 짧은 메모가 긴 보고서보다 낫습니다.",
    "도구는 빨리 바뀌어도 {topic}의 순서는 잘 바뀌지 않습니다.",
    "{topic}을 5분 일찍 마치고 다음 첫걸음을 적어 둡니다.",
    "{topic}은 남의 좋은 날이 아니라 지난달의 나와 견줍니다.",
    "{topic}에서 덜어 낸 것이 남은 것을 읽히게 합니다.",
    "{topic}을 한 번 가르쳐 보면 늘 건너뛰던 단계가 보입니다.",
    "정하고, 하고, 보고, 고친다. {topic}은 그걸로 충분합니다.",
)

KOREAN_HEADINGS = ("어디서 시작할까", "무엇을 덜어 낼까", "버티는 리듬", "끝에서 살필 것")
