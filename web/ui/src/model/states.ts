import type { TrialState } from "../api/types.js";

export const TRIAL_STATES: TrialState[] = ["running", "completed", "pruned", "failed", "waiting"];
