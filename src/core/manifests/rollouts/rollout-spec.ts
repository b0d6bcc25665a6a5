import { z } from 'zod'
import { span } from '../../kinds/fields/duration-field.ts'
import { text, wholeNumber } from '../../kinds/fields/fields.ts'
import { checkOnlineName } from '../../kinds/fields/names.ts'
import { flag, oneOf } from '../../kinds/fields/word-fields.ts'
import { STEP_TYPES, stepSchemas } from '../../rollout/steps/index.ts'
import { templateUse } from '../../rollout/steps/template-use.ts'
import { API_VERSION } from '../envelope.ts'
import { bakeField } from './bake-field.ts'

const DAY_MS = 86_400_000
const MAX_STEPS = 50

const { trial, ...canarySteps } = stepSchemas()

/** One step: exactly one of the known ones, and how long it may take. */
const step = z.strictObject({
  ...Object.fromEntries(
    STEP_TYPES.flatMap((type) =>
      type === 'trial' ? [] : [[type, canarySteps[type].optional()] as const],
    ),
  ),
  deadline: span(60_000, 30 * DAY_MS)
    .optional()
    .describe(
      'Beside a `setMirror`, `setWeight`, `pause` with a duration or `analysis`: how long the rollout may stay at it. Counted as the deadline of the rollout is.',
    ),
  onDeadline: oneOf(['fail', 'pause'])
    .optional()
    .describe(
      'What comes then: `fail` is a failure of the rollout (`onFailure`), `pause` holds it as it is until `rollout resume` or `rollout abort`. Default `fail`.',
    ),
})

const name = text(63, (value) =>
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(value)
    ? undefined
    : 'must hold lower-case letters, digits and "-" only',
)
const slot = text(32, checkOnlineName)

/** The schema of a Rollout document. */
export const rolloutSchema = z
  .strictObject({
    apiVersion: z.literal(API_VERSION).describe('Always `verdigris.dev/v1`.'),
    kind: z.literal('Rollout').describe('Always `Rollout`.'),
    metadata: z.strictObject({ name: name.describe('Name.') }).describe('Who it is.'),
    spec: z
      .strictObject({
        endpoint: text(64).describe('Name of the endpoint that it moves.'),
        template: z
          .record(z.string(), z.unknown())
          .optional()
          .describe(
            'The deployment, without `name` and `endpoint_name`: it goes into the free slot. Tags, description, keys added to `properties` and instances are written in place, without a rollout.',
          ),
        slots: z
          .array(slot)
          .min(2)
          .max(2)
          .optional()
          .describe('Names of the two slots. Default `[blue, green]`.'),
        strategy: z
          .strictObject({
            canary: z
              .strictObject({
                steps: z.array(step).min(1).max(MAX_STEPS).describe('The road, step by step.'),
              })
              .optional()
              .describe('Traffic in steps.'),
            blueGreen: z
              .strictObject({
                verify: canarySteps.verify.optional(),
                autoPromote: flag()
                  .optional()
                  .describe('`false` waits for `rollout promote`. Default `true`.'),
              })
              .optional()
              .describe('All traffic at once, then the bake.'),
            switch: z
              .strictObject({ trial: trial.optional() })
              .optional()
              .describe('Batch endpoints: the default deployment is switched.'),
          })
          .describe('Exactly one of them.'),
        analysis: z
          .array(templateUse)
          .max(20)
          .optional()
          .describe(
            'AnalysisTemplates that are watched from the first weight to the end of the bake.',
          ),
        bake: bakeField
          .optional()
          .describe(
            'Full traffic, still judged. Default `30m`. `{ for: 30m, control: 5 }` keeps 5 % on the stable revision meanwhile, to compare with: 0 to 50, default 0.',
          ),
        keep: z
          .strictObject({
            revisions: wholeNumber(0, 1)
              .optional()
              .describe('Earlier revisions kept warm. Default 1.'),
            for: span(0, 30 * DAY_MS)
              .optional()
              .describe('How long. Default `24h`.'),
          })
          .optional()
          .describe('The rollback window.'),
        onFailure: oneOf(['rollback', 'hold']).optional().describe('Default `rollback`.'),
        onNewCommit: oneOf(['supersede', 'queue'])
          .optional()
          .describe('What a newer revision does to an unfinished rollout. Default `supersede`.'),
        deadline: span(60_000, 30 * DAY_MS)
          .optional()
          .describe(
            'How long the rollout may take from its first step to its end, and before that its deployment to get there. Default `6h`.',
          ),
      })
      .describe('How it moves.'),
  })
  .describe('How an endpoint moves from what serves to what Git wants.')

export type RolloutFields = z.output<typeof rolloutSchema>['spec']
