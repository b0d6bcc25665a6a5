import type { ScoringReply } from '../../compose.ts'

/** What is told of an answer beside its body. */
export function replyLine({ status, latencyMs, deployment }: ScoringReply): string {
  const who = deployment === undefined ? 'no deployment was reached' : `deployment ${deployment}`
  return `status ${status}, ${Math.round(latencyMs)} ms, ${who}`
}

/** The body is as it came where it is JSON, a text otherwise; of an error only the beginning, as a text without secrets. */
export function replyJson(endpoint: string, reply: ScoringReply): string {
  const { status, latencyMs, deployment, modelStatus, body, errorText } = reply
  const told = { endpoint, deployment, status, modelStatus, latencyMs: Math.round(latencyMs) }
  const text = errorText ?? Buffer.from(body).toString('utf8')
  const bodyJson = errorText === undefined && isJson(text) ? inOneLine(text) : JSON.stringify(text)
  return `${JSON.stringify(told).slice(0, -1)},"body":${bodyJson}}`
}

/** Parsed and written again, a number of more digits than a double holds would be another one. Within a text JSON has no line end. */
function inOneLine(json: string): string {
  return json.trim().replaceAll(/(?<!\s)\s*[\r\n]\s*/g, ' ')
}

/** Why an answer is an error, in the cases that Azure documents for online endpoints, and the beginning of what it said. */
export function errorLines(reply: ScoringReply & { readonly errorText: string }): string {
  const { errorText } = reply
  return errorText === '' ? `${why(reply)}.` : `${why(reply)}:\n${errorText}`
}

function why({ status, deployment, modelStatus }: ScoringReply): string {
  if (modelStatus !== undefined) return `The deployment answered ${modelStatus}`
  if (status >= 300 && status < 400) return 'It redirects, and redirects are not followed'
  if (status === 401) return 'The endpoint refused the key or token'
  if (status === 403)
    return 'This identity may not score: it needs the action onlineEndpoints/score/action'
  if (status === 408) return 'The deployment took longer than its request timeout'
  if (status === 429) return 'The endpoint takes no more requests for now'
  if (status === 404 && deployment === undefined)
    return 'No deployment took it: one has to have traffic, by `traffic` of the endpoint or by a Rollout; --deployment <name> asks one that is there past all weights'
  return deployment === undefined ? 'The endpoint answered by itself' : 'The deployment answered'
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
