/** How a trial of a batch deployment stands. */
export type TrialAnswer =
  | { readonly is: 'same'; readonly message: string }
  | { readonly is: 'different'; readonly message: string }
  | { readonly is: 'running'; readonly message: string }
  | { readonly is: 'problem'; readonly message: string }
