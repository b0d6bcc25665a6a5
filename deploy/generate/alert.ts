/** One alert rule with the story in which it fires and the one in which it must stay silent. */
export interface Alert {
  readonly name: string
  readonly expr: string
  readonly for: string
  readonly severity: 'critical' | 'warning' | 'info'
  readonly summary: string
  /** What it means and what to do: the runbook's entry. */
  readonly runbook: string
  readonly fires: Story & { readonly labels: Readonly<Record<string, string>> }
  readonly silent: Story
}

export interface Story {
  /** Series in promtool's notation, one sample a minute. */
  readonly series: Readonly<Record<string, string>>
  readonly at: string
}

export const T = 'target="fraud-prod"'
export const E = `${T},endpoint="fraud"`
export const ON_E = { target: 'fraud-prod', endpoint: 'fraud' }
export const ON_T = { target: 'fraud-prod' }
