/** Bodies hold what was declared, environment variables among it: they are for Azure, not for a terminal or a pull request. */
/** Samples are many numbers, which are shown where they are asked for. */
const UNSAID = new Set(['body', 'upload', 'measured', 'judged'])

/** One line of JSON, without the bodies of writes and the samples of checks; an answer about one Application alone is not wrapped in a list. */
export function answerJson(answers: readonly object[]): string {
  const answer = answers.length === 1 ? answers[0] : answers
  return JSON.stringify(answer, (key, value) => (UNSAID.has(key) ? undefined : value))
}
