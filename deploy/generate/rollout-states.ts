import { EVENTS, HEALTHS, RECORDS, SERVINGS, WANTS } from '../../src/core/rollout/decide/state.ts'
import { ROWS } from '../../src/core/rollout/table/index.ts'
import type { Row } from '../../src/core/rollout/table/row.ts'

/** `docs/rollout-states.md`: the table by which rollouts move, as it is in the code. */
export function rolloutStatesMarkdown(): string {
  return `# What a rollout does in every state

Drawn from the code by \`npm run generate\`; the table itself is \`src/core/rollout/table/\`, the functions that carry a row out are in
\`transitions.ts\` beside it. At every turn the events that there are, in the order below, are looked up from the top; the
first row that fits is carried out, and where it moves nothing the next event is looked at. A test goes through all
${combinations().toLocaleString('en')} combinations.

| column | values |
|---|---|
| event | ${list(EVENTS)} |
| record, the tag of the endpoint | ${list(RECORDS)} |
| stable and candidate, the deployments that the record names (without one, what serves and what Git wants) | ${list(HEALTHS)} |
| serving, live traffic beside the record | ${list(SERVINGS)} |
| wants, Git beside the record | ${list(WANTS)} |

\`degraded\`: a change of it failed, and what ran before still answers. \`failed\`: it never came up. \`gone\`: a direct GET answered 404.
\`unknown\`: a list does not show it, and no GET has said that it is gone. "previous" is the revision of before, warm within its window.

| event | record | stable | candidate | serving | wants | what is done | why |
|---|---|---|---|---|---|---|---|
${ROWS.map(rowText).join('\n')}
`
}

function combinations(): number {
  const states = RECORDS.length * HEALTHS.length ** 2 * 2 * SERVINGS.length * WANTS.length
  return states * EVENTS.length
}

function list(values: readonly string[]): string {
  return values.map((value) => `\`${value}\``).join(' ')
}

function rowText(row: Row): string {
  const { on, record, stable, candidate, isPreviousWarm, serving, wants, transition, because } = row
  const warm = isPreviousWarm === true ? '; previous is warm' : ''
  const cells = [
    on.join(', '),
    record.join(', ') + warm,
    any(stable),
    any(candidate),
    any(serving),
    any(wants),
    `**${transition}**`,
    because,
  ]
  return `| ${cells.join(' | ')} |`
}

function any(values: readonly string[] | undefined): string {
  return values === undefined ? '' : values.join(', ')
}
