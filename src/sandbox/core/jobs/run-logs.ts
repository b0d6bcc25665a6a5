/** Where the logs of a run lie: in the workspace's artifact store, as the service has them. */
export const LOG_NAMES = {
  container: 'azureml',
  /** Of the run that scores: what the user's script printed, and the counts of its work. */
  user: 'logs/user/stdout/0/process000.stdout.txt',
  progress: 'logs/job_progress_overview.txt',
  /** Of the pipeline around it. */
  pipeline: 'logs/azureml/executionlogs.txt',
} as const

/** The folder of a run in the container, with a last slash. */
export function logPath(run: string): string {
  return `ExperimentRun/dcid.${run}/`
}
