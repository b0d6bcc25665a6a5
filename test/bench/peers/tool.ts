import type { Sandbox } from '../../../src/sandbox/index.ts'

/** What brings a workspace to what is declared. */
export interface Tool {
  readonly name: string
  /** Gets it ready for a workspace; gives the command that brings about these manifests, in which the first endpoint's model is of a version. */
  prepare(
    sandbox: Sandbox,
    around: Around,
  ): Promise<(modelVersion: number) => Promise<Command> | Command>
}

export interface Around {
  readonly size: number
  /** How many endpoints or resources a tool works on at once that has to be told. */
  readonly atOnce: number
  /** A folder of the manifests. */
  readonly manifests: string
  /** A folder of its own, kept from one command to the next. */
  readonly data: string
  /** The sandbox's coordinates as JSON. */
  readonly addressFile: string
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}
