-- The breakers of all instances, changed in one step: lib/domain/breaker.py, line by line, inside Redis.
-- The numbers of the policy (HALF_LIFE, COOLDOWN …) are put in front of this by breakers.py.
--
-- KEYS  one hash a model, most wanted first; with `record` the first is the model that was called
-- ARGV  verb, now, asker, lease, is_untried; for `record`: ending, latency, expected, retry_after or ''
--       verb: take   give the asker a probe if one is due
--             record note how a call ended, then take for the models after it
--             read   change nothing
-- All times are milliseconds. Answers {the key whose probe was taken, or '', open_until of KEYS[1] as it was before,
-- state of KEYS[1] …}, each state a list of FIELDS as text: Redis would cut a number to an integer.

local FIELDS = {
  'open_until', 'trips', 'in_row', 'probe', 'probe_until', 'window', 'at', 'calls', 'good', 'latency', 'expected',
}
local TEXTS = {probe = true, window = true}

local verb, now, asker, lease, is_untried = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), ARGV[5] == '1'

local function read_breaker(key)
  local stored, breaker = redis.call('hmget', key, unpack(FIELDS)), {}
  for i, field in ipairs(FIELDS) do
    if TEXTS[field] then
      breaker[field] = stored[i] or ''
    else
      breaker[field] = tonumber(stored[i] or '0')
    end
  end
  return breaker
end

local function told(breaker)
  local values = {}
  for i, field in ipairs(FIELDS) do
    values[i] = TEXTS[field] and breaker[field] or string.format('%.17g', breaker[field])
  end
  return values
end

local function save(key, breaker)
  local flat, values = {}, told(breaker)
  for i, field in ipairs(FIELDS) do
    flat[2 * i - 1], flat[2 * i] = field, values[i]
  end
  redis.call('hset', key, unpack(flat))
  -- Longer than anything in it holds: a breaker that vanished would read as closed.
  redis.call('pexpire', key, KEPT)
end

local function lease_probe(key, breaker)
  breaker.probe, breaker.probe_until = asker, now + lease
  save(key, breaker)
  return key
end

local function is_free(breaker)
  return breaker.probe_until <= now or breaker.probe == asker
end

local function take_probe(board, first)
  local soonest
  for i = first, #KEYS do
    local breaker = board[KEYS[i]]
    if breaker.open_until == 0 then return '' end
    if breaker.open_until <= now and is_free(breaker) then return lease_probe(KEYS[i], breaker) end
    if not soonest or breaker.open_until < board[soonest].open_until then soonest = KEYS[i] end
  end
  if is_untried and soonest and is_free(board[soonest]) then return lease_probe(soonest, board[soonest]) end
  return ''
end

local function counted(breaker, halves)
  local number, kept, has_own = math.floor(now / BUCKET), {}, false
  local calls_of_all, halves_of_all = 1, halves
  for n, c, h in string.gmatch(breaker.window, '(%d+):(%d+):(%d+)') do
    n, c, h = tonumber(n), tonumber(c), tonumber(h)
    if math.abs(n - number) < BUCKETS then
      calls_of_all, halves_of_all = calls_of_all + c, halves_of_all + h
      if n == number then c, h, has_own = c + 1, h + halves, true end
      kept[#kept + 1] = {n, c, h}
    end
  end
  if not has_own then kept[#kept + 1] = {number, 1, halves} end
  table.sort(kept, function(a, b) return a[1] < b[1] end)
  local words = {}
  for i, bucket in ipairs(kept) do words[i] = string.format('%.0f:%.0f:%.0f', bucket[1], bucket[2], bucket[3]) end
  breaker.window = table.concat(words, ' ')
  return calls_of_all, halves_of_all
end

local function cooldown(key, trips)
  local spread, said = 0, string.sub(key, #PREFIX + 1) .. ' ' .. string.format('%.0f', trips)
  for i = 1, #said do spread = (spread * 31 + string.byte(said, i)) % 65521 end
  return math.min(math.floor(COOLDOWN * 2 ^ math.min(trips, 10) * (900 + spread % 201) / 1000), LONGEST_WAIT)
end

local function open_breaker(breaker, until_then)
  breaker.open_until, breaker.trips, breaker.in_row, breaker.window = until_then, breaker.trips + 1, 0, ''
end

local function note(breaker, ending, latency, expected)
  if ending == 'request' or ending == 'refused' then return end
  local left, good = 0.5 ^ (math.max(now - breaker.at, 0) / HALF_LIFE), ending == 'accepted' and 1 or 0
  breaker.at = math.max(breaker.at, now)
  breaker.calls = breaker.calls * left + 1
  breaker.good = breaker.good * left + good
  breaker.latency = breaker.latency * left + latency * good
  breaker.expected = breaker.expected * left + expected * good
end

local function fail(key, breaker, retry_after)
  local calls, halves = counted(breaker, 2)
  breaker.in_row = breaker.in_row + 1
  if retry_after then
    open_breaker(breaker, now + math.min(math.max(retry_after, SHORTEST_WAIT), LONGEST_WAIT))
  elseif breaker.open_until ~= 0 or breaker.in_row >= MOST_IN_ROW or (calls >= ENOUGH_CALLS and halves >= calls) then
    open_breaker(breaker, now + cooldown(key, breaker.trips))
  end
end

local function record_call(key, breaker)
  local ending, latency, expected = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
  local holds_probe = breaker.probe == asker
  if holds_probe then breaker.probe, breaker.probe_until = '', 0 end
  if ending == 'untried' then return end
  note(breaker, ending, latency, expected)
  if breaker.open_until ~= 0 and not holds_probe then return end
  if ending == 'configuration' then
    open_breaker(breaker, now + MISCONFIGURED_WAIT)
  elseif ending == 'transient' then
    fail(key, breaker, tonumber(ARGV[9]))
  elseif breaker.open_until ~= 0 then
    breaker.open_until, breaker.trips, breaker.in_row, breaker.window = 0, 0, 0, ''
  elseif ending == 'accepted' then
    breaker.in_row = 0
    counted(breaker, latency > SLOW * expected and 1 or 0)
  end
end

local board, taken = {}, ''
for _, key in ipairs(KEYS) do board[key] = read_breaker(key) end
local before = string.format('%.0f', board[KEYS[1]].open_until)
if verb == 'record' then
  record_call(KEYS[1], board[KEYS[1]])
  save(KEYS[1], board[KEYS[1]])
  taken = take_probe(board, 2)
elseif verb == 'take' then
  taken = take_probe(board, 1)
end
local answer = {taken, before}
for i, key in ipairs(KEYS) do answer[i + 2] = told(board[key]) end
return answer
