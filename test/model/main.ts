import { type Answer, answerTo, print } from './answers.ts'
import { CHECKED, LARGER, SABOTAGED } from './configurations.ts'

/**
 * Explores the small model. `npm run model`: all of it; `npm run model -- "two commits"`: what has this in its name. With
 * `--checked`, what a test asks, as JSON.
 */
const [, , part = ''] = process.argv
const isChecked = part === '--checked'
const asked = isChecked ? { ...CHECKED, ...SABOTAGED } : { ...CHECKED, ...LARGER }
const answers: Answer[] = []
for (const [name, bounds] of Object.entries(asked)) {
  if (!isChecked && !name.includes(part)) continue
  const answer = await answerTo(name, bounds)
  answers.push(answer)
  if (!isChecked) process.stdout.write(print(answer))
}
if (isChecked) process.stdout.write(JSON.stringify(answers))
else if (answers.some(({ broken }) => broken.length > 0)) process.exitCode = 1
