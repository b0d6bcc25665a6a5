import { type Azure, atWorkIn, deploymentAt, isAtWork, SLOTS } from './azure.ts'
import { type Git, type Pending, planned, type View } from './controller.ts'
import {
  type Bounds,
  type Edge,
  edge,
  handled,
  isUsed,
  mindOf,
  pastAfter,
  spent,
  toldOf,
  withMind,
} from './events.ts'
import { isInForce, OF_DECISIONS, OF_WRITES, recordAt } from './laws.ts'
import { learnt } from './memories.ts'
import { sent, type Written } from './sending.ts'
import { FRESH, type Mind, type State, Things } from './states.ts'
import type { Passing } from './time.ts'

const NAMES = ['A', 'B'] as const

/** The small world with two controllers: what may happen in each of its states. */
export class Moves {
  readonly things = new Things()
  readonly bounds: Bounds
  plans = 0

  constructor(bounds: Bounds) {
    this.bounds = bounds
  }

  first(azure: Azure): State {
    const hot = SLOTS.map((slot) => isUsed(azure, slot))
    const past = { isSettled: true, hot, proven: '1', blocked: '' }
    const { left } = this.bounds
    return { azure: this.things.azureId(azure), git: 0, minds: [FRESH, FRESH], past, left }
  }

  async edges(state: State): Promise<readonly Edge[]> {
    const edges: Edge[] = [
      ...this.times(state),
      ...this.ends(state),
      ...this.commits(state),
      ...this.hands(state),
    ]
    for (let who = 0; who < this.bounds.controllers; who += 1) {
      edges.push(...this.crashes(state, who), ...this.reads(state, who))
      edges.push(...(await this.writes(state, who)))
    }
    return edges
  }

  time(state: State, passing: Passing): State {
    const { later } = this.things
    const azure = this.things.azure(state.azure)
    const minds = state.minds.map((mind) => ({
      ...mind,
      memory: later.memory(mind.memory, passing),
      pending: later.pending(mind.pending, passing),
    })) as unknown as State['minds']
    const past = {
      ...state.past,
      isSettled: isInForce(azure.endpoint),
      hot: SLOTS.map((slot) => isUsed(azure, slot)),
    }
    return this.settled({ ...state, azure: later.azure(state.azure, passing), minds, past })
  }

  private times(state: State): readonly Edge[] {
    return (['step', 'window'] as const).map((passing) =>
      edge(`time passes (${passing})`, this.time(state, passing)),
    )
  }

  end(state: State, isWell: boolean): State {
    const azure = this.things.azure(state.azure)
    if (!isWell) return this.moved(state, this.things.ended.badly(state.azure))
    const met = this.overtaken(state, atWorkIn(azure))
    const isSettled = state.past.isSettled && azure.endpoint.asked === undefined
    return this.moved(
      { ...met, past: { ...met.past, isSettled } },
      this.things.ended.well(state.azure),
    )
  }

  private ends(state: State): readonly Edge[] {
    if (!isAtWork(this.things.azure(state.azure))) return []
    const well = edge('Azure is done', this.end(state, true))
    if (state.left.fails === 0) return [well]
    return [well, edge('Azure gives up', this.end(spent(state, 'fails'), false))]
  }

  private commits(state: State): readonly Edge[] {
    const { gits } = this.bounds
    const now = gits[state.git] ?? []
    return gits.flatMap((git, index): readonly Edge[] => {
      const isNext = git.length === now.length + 1 && now.every((one, at) => one === git[at])
      if (!isNext) return []
      const past = { ...state.past, blocked: '' }
      return [edge(`commit ${git.at(-1)?.revision}`, { ...state, git: index, past })]
    })
  }

  private hands(state: State): readonly Edge[] {
    const azure = this.things.azure(state.azure)
    if (state.left.hands === 0 || isAtWork(azure)) return []
    const left = { ...state.left, hands: state.left.hands - 1 }
    const there = SLOTS.filter((slot) => deploymentAt(azure, slot) !== undefined)
    const acts = this.bounds.hands.flatMap((what) => there.map((slot) => ({ what, slot })))
    return acts.flatMap(({ what, slot }): readonly Edge[] => {
      const after = handled(azure, what, slot)
      if (after === undefined) return []
      return [edge(`a hand ${what} ${slot}`, this.moved({ ...state, left }, after))]
    })
  }

  private crashes(state: State, who: number): readonly Edge[] {
    const mind = mindOf(state, who)
    const isEmpty = mind.memory === 0 && mind.pending === 0
    if (!this.may(state, 'crash') || isEmpty) return []
    return [edge(`${NAMES[who]} crashes`, spent(withMind(state, who, FRESH), 'faults'))]
  }

  private may(state: State, fault: Bounds['faults'][number]): boolean {
    return state.left.faults > 0 && this.bounds.faults.includes(fault)
  }

  /** Readings with everything that they may be given; a controller that has decided writes first. */
  private reads(state: State, who: number): readonly Edge[] {
    if (mindOf(state, who).pending !== 0) return []
    const record = recordAt(this.things.azure(state.azure).endpoint.body)
    const isJudged = record?.phase === 'progressing' || record?.phase === 'baking'
    const says = isJudged ? this.bounds.says : this.bounds.says.slice(0, 1)
    const plain = says.map((said) => this.read(state, who, { says: said }))
    const silent = this.may(state, 'silentList')
      ? SLOTS.map((unlisted) => this.read(spent(state, 'faults'), who, { says: 'good', unlisted }))
      : []
    const verbs = state.left.verbs === 0 ? [] : this.bounds.verbs
    const told = verbs.map((verb) => this.read(spent(state, 'verbs'), who, { says: 'good', verb }))
    return [...plain, ...silent, ...told]
  }

  read(state: State, who: number, heard: Pick<View, 'says' | 'verb' | 'unlisted'>): Edge {
    const { memory } = mindOf(state, who)
    const { after, pending, view } = this.decided(state, memory, heard)
    const write = this.things.pendings.at(pending)
    const broken =
      write === null
        ? []
        : OF_DECISIONS.flatMap((law) => law({ view, pending: write, past: state.past }) ?? [])
    const label = () => {
      const words = [heard.verb, heard.unlisted && `the lists hide ${heard.unlisted}`, heard.says]
      const does = write === null ? 'nothing to do' : toldOf(write)
      return `${NAMES[who]} reads (${words.filter((one) => one !== undefined).join(', ')}): ${does}`
    }
    return {
      label,
      to: withMind(state, who, { ...FRESH, memory: after, pending }),
      broken,
    }
  }

  /** What a controller has before it when it reads. */
  readonly heard = (state: State, said: Pick<View, 'says' | 'verb' | 'unlisted'>): View => ({
    ...said,
    azure: this.things.azure(state.azure),
    git: this.gitOf(state),
    trustsLists: this.bounds.without === 'directGet',
  })

  /** A commit behind all that there are, for the one that has to lead on. */
  private gitOf({ git }: State): Git {
    return this.bounds.gits[git] ?? this.bounds.last
  }

  modelIn(state: State): string {
    const slots = this.gitOf(state).at(-1)?.desired[0]?.rollout?.slots ?? []
    return String(slots[0]?.spec.model).split(':').at(-1) ?? ''
  }

  private decided(
    state: State,
    memory: number,
    { says, verb, unlisted }: Pick<View, 'says' | 'verb' | 'unlisted'>,
  ): { readonly after: number; readonly pending: number; readonly view: View } {
    const view = this.heard(state, { says, ...(verb && { verb }), ...(unlisted && { unlisted }) })
    const key = `${state.azure} ${state.git} ${memory} ${says} ${verb} ${unlisted}`
    const known = this.decisions.get(key)
    if (known !== undefined) return { ...known, view }
    this.plans += 1
    const { memory: next, pending } = planned(view, this.things.memories.at(memory))
    const decision = {
      after: this.things.essential(this.things.memories.id(next), state.azure),
      pending: this.things.pendings.id(pending ?? null),
    }
    this.decisions.set(key, decision)
    return { ...decision, view }
  }

  private readonly decisions = new Map<string, { after: number; pending: number }>()

  private async writes(state: State, who: number): Promise<readonly Edge[]> {
    const mind = mindOf(state, who)
    if (mind.pending === 0) return []
    const told = await this.write(state, who)
    if (!told.isAccepted || !this.may(state, 'lostAnswer')) return [told]
    return [told, await this.write(spent(state, 'faults'), who, true)]
  }

  async write(
    state: State,
    who: number,
    isAnswerLost = false,
  ): Promise<Edge & { readonly isAccepted: boolean }> {
    const mind = mindOf(state, who)
    const pending = this.things.pendings.at(mind.pending)
    if (pending === null) throw new Error('nothing was decided')
    const before = this.things.azure(state.azure)
    const done = await this.sent(mind, pending, state.azure)
    const memory = this.learnt(mind, done, isAnswerLost)
    const at = withMind(state, who, { ...FRESH, memory })
    const { outcome, isAccepted, azure: after } = done
    const how = outcome.result === 'Failed' ? outcome.reason : isAnswerLost ? 'lost' : 'accepted'
    const label = () => `${NAMES[who]} writes ${toldOf(pending)}: ${how}`
    if (!isAccepted) return { label, to: this.settled(at), broken: [], isAccepted }
    const broken = OF_WRITES.flatMap(
      (law) => law({ before, after, pending, mind, past: state.past }) ?? [],
    )
    const past = pastAfter(state.past, pending, after)
    return { label, to: this.moved({ ...at, past }, after), broken, isAccepted }
  }

  private async sent(mind: Mind, pending: Pending, azure: number): Promise<Written> {
    const { isRewritten } = mind
    const key = (mind.pending * 2 + Number(isRewritten)) * 1e6 + azure
    const known = this.outcomes.get(key)
    if (known !== undefined) return known
    const isChecked = this.bounds.without !== 'groundCheck'
    const done = await sent(pending, this.things.azure(azure), { isChecked, isRewritten })
    this.outcomes.set(key, done)
    return done
  }

  private learnt(mind: Mind, done: Written, isAnswerLost: boolean): number {
    const known = this.lessons.get(done) ?? new Map<number, number>()
    this.lessons.set(done, known)
    const key = mind.memory * 2 + Number(isAnswerLost)
    const before = known.get(key)
    if (before !== undefined) return before
    const memory = this.things.memories.at(mind.memory)
    const after = this.things.memories.id(learnt(memory, done.outcome, isAnswerLost))
    known.set(key, after)
    return after
  }

  private readonly lessons = new Map<Written, Map<number, number>>()

  private readonly outcomes = new Map<number, Written>()

  /** Writes that were decided before this thing became another. A write that failed has changed nothing. */
  private overtaken(state: State, name: string): State {
    const minds = state.minds.map((mind) => {
      const { action, beside = [] } = this.things.pendings.at(mind.pending) ?? {}
      const isGround = [action?.ref, ...beside.map(({ ref }) => ref)].some(
        (ref) => ref?.name === name,
      )
      return { ...mind, isOvertaken: mind.isOvertaken || isGround }
    }) as unknown as State['minds']
    return { ...state, minds }
  }

  private moved(state: State, azure: Azure): State {
    const hot = SLOTS.map((slot, index) => {
      const isThere = deploymentAt(azure, slot) !== undefined
      return isThere && (state.past.hot[index] === true || isUsed(azure, slot))
    })
    const isSame = azure.endpoint === this.things.azure(state.azure).endpoint
    const minds = state.minds.map((mind) => ({
      ...mind,
      memory: isSame ? mind.memory : this.things.outdated(mind.memory),
      isRewritten: mind.isRewritten || (mind.pending !== 0 && !isSame),
    })) as unknown as State['minds']
    const past = { ...state.past, hot }
    return this.settled({ ...state, azure: this.things.azureId(azure), minds, past })
  }

  /** Memories without what no reading of this Azure can make anything of. */
  private settled(state: State): State {
    const minds = state.minds.map((mind) => ({
      ...mind,
      memory: this.things.essential(mind.memory, state.azure),
    })) as unknown as State['minds']
    return { ...state, minds }
  }
}
