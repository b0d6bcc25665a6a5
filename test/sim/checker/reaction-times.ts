/** How long something may hurt users before Verdigris has mended it. docs/reaction-times.md is made of this table. */
export interface ReactionTime {
  readonly id: string
  readonly ms: number
  /** One sentence for people. */
  readonly says: string
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/**
 * Time counts while Verdigris could act: its process runs, Git, Azure and the provider answer, and Azure does not work on
 * the endpoint. What is not in this table has no reaction time: it must not hurt anybody at all.
 */
export const REACTION_TIMES = {
  handEdit: {
    id: 'handEdit',
    ms: 5 * MINUTE_MS,
    says: 'What somebody else changed in Azure, so that users are not served, is put right within 5 minutes.',
  },
  badCandidate: {
    id: 'badCandidate',
    ms: 5 * MINUTE_MS,
    says: 'A revision that fails visibly more often than stable has no traffic 5 minutes after the evidence is clear.',
  },
  deploymentFailed: {
    id: 'deploymentFailed',
    ms: 5 * MINUTE_MS,
    says: 'Traffic of a deployment that Azure itself lost goes to one that serves, if there is one, within 5 minutes.',
  },
  takenBack: {
    id: 'takenBack',
    ms: 3 * MINUTE_MS,
    says: 'A traffic write that takes users off a revision is repeated within 3 minutes until it is seen in force.',
  },
  judging: {
    id: 'judging',
    ms: 3 * MINUTE_MS,
    says: 'While users are on a revision that is not proven, it is measured at least every 3 minutes.',
  },
  stuckOperation: {
    id: 'stuckOperation',
    ms: 150 * MINUTE_MS,
    says: 'An operation that Azure does not end is reported as Stuck within two and a half hours.',
  },
} as const satisfies Readonly<Record<string, ReactionTime>>
