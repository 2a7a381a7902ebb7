// One trial: its values, curves, log, times, attributes, and why it ended.
import { useCallback, useEffect, useState } from "preact/hooks";

import { type ApiError, get, studyUrl } from "../api/client.js";
import { watch } from "../api/events.js";
import { writeJson } from "../api/json.js";
import type { Objective, Study, Trial } from "../api/types.js";
import { noteTrial, stopTrialOf } from "../model/commands.js";
import { canLaunch } from "../model/info.js";
import { studyLink, trialLink } from "../model/route.js";
import { Panel } from "../panel/Panel.js";
import { Copy } from "../view/Copy.js";
import { Empty, Failure, Loading } from "../view/Empty.js";
import { number } from "../view/format.js";
import { Link } from "../view/Link.js";
import { LogView } from "../view/LogView.js";
import { State } from "../view/State.js";
import { TrialCurves } from "./TrialCurves.js";
import { TrialFacts } from "./TrialFacts.js";

interface Props {
	study: string;
	number: number;
}

function useTrial(study: string, n: number) {
	const [trial, setTrial] = useState<Trial | null>(null);
	const [whole, setWhole] = useState<Study | null>(null);
	const [error, setError] = useState<ApiError | null>(null);
	const load = useCallback(async () => {
		try {
			const [one, all] = await Promise.all([
				get<Trial>(studyUrl(study, `/trials/${n}`)), get<Study>(studyUrl(study)),
			]);

			setTrial(one);
			setWhole(all);
			setError(null);
		} catch (cause) {
			setError(cause as ApiError);
		}
	}, [study, n]);

	useEffect(() => watch(study, { onOpen: () => void load(), onStudy: () => void load() }), [load]);
	return { trial, whole, error, load };
}

function Values({ trial, objectives }: { trial: Trial; objectives: Objective[] }) {
	return (
		<div class="values">
			{objectives.map((objective, i) => (
				<div key={objective.key} class="value">
					<b>{number(trial.values?.[i])}</b><span>{objective.key}</span>
				</div>
			))}
		</div>
	);
}

function Parameters({ trial }: { trial: Trial }) {
	const params = trial.params ?? {};

	return (
		<Panel title="Parameters" name="parameters"
			tools={<Copy text={() => writeJson(params)}>Copy JSON</Copy>}>
			{Object.keys(params).length === 0 && <p class="nothing">It has no values yet.</p>}
			<dl class="pairs">
				{Object.entries(params).map(([name, value]) => (
					<div key={name}><dt title={name}>{name}</dt><dd title={String(value)}>{number(value, 9)}</dd></div>
				))}
			</dl>
		</Panel>
	);
}

function Note({ study, trial }: { study: string; trial: Trial }) {
	const kept = String(trial.attributes.note ?? "");
	const [draft, setDraft] = useState<string | null>(null);

	if (!canLaunch()) return kept === "" ? null : <p class="study-note">{kept}</p>;
	return (
		<label class="field"><span>Note</span>
			<textarea rows={2} maxLength={20000} value={draft ?? kept} placeholder="What to remember about this trial"
				onInput={(event) => setDraft(event.currentTarget.value)}
				onBlur={() => {
					if (draft !== null && draft !== kept) void noteTrial(study, trial.number, draft);
				}} />
		</label>
	);
}

export function TrialPage({ study, number: n }: Props) {
	const { trial, whole, error, load } = useTrial(study, n);

	if (trial === null || whole === null) {
		if (error === null) return <Loading what={`trial ${n}`} />;
		if (error.status !== 404) return <Failure error={error} retry={() => void load()} />;
		return (
			<Empty title="There is no such trial">
				<p>{error.message}</p>
				<p><Link href={studyLink(study)} class="button">Its study</Link></p>
			</Empty>
		);
	}
	return (
		<>
			<div class="head">
				<p class="crumbs"><Link href={studyLink(study)}>{study}</Link></p>
				<div class="row">
					<h1>Trial {n}</h1>
					<State state={trial.state} stopping={trial.stopping} />
					<span class="fill" />
					{trial.state === "running" && canLaunch() && (
						<button class="danger" disabled={trial.stopping} onClick={async () => {
							await stopTrialOf(study, n);
							await load();
						}}>Stop this trial</button>
					)}
					{n > 0 && <Link class="button" href={trialLink(study, n - 1)}>‹ {n - 1}</Link>}
					{n + 1 < whole.count && <Link class="button" href={trialLink(study, n + 1)}>{n + 1} ›</Link>}
				</div>
				{trial.reason && <p class={`reason ${trial.state}`}>{trial.reason}</p>}
			</div>
			<div class="panels">
				<Panel title="Result" name="result"><Values trial={trial} objectives={whole.objectives} /><Note study={study} trial={trial} /></Panel>
				<Parameters trial={trial} />
				<TrialFacts trial={trial} />
				<TrialCurves trial={trial} />
				<Panel title="Log" name="log" wide>
					<LogView key={trial.attempt} url={studyUrl(study, `/trials/${n}/log`)} follow={trial.state === "running"} />
				</Panel>
			</div>
		</>
	);
}
