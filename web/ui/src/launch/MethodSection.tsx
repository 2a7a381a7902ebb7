// How the next point is chosen, and which trials end early.
import type { Choice, Setting, Value } from "../api/types.js";
import { info } from "../model/info.js";
import { changeIn, change, draft, generation } from "./draft.js";
import { ChoiceField } from "./Field.js";
import { OwnText } from "./OwnText.js";
import { readValue, writeValue } from "./words.js";

const STRATEGIES: Record<string, string> = {
	auto: "auto: chosen by the space and the budget",
	random: "random search", grid: "grid search", sobol: "Sobol sequence",
	tpe: "Bayesian: Parzen estimator", gp: "Bayesian: Gaussian process", forest: "Bayesian: random forest",
	cmaes: "CMA-ES", nsga2: "NSGA-II", nsga3: "NSGA-III", bohb: "hyperband with Bayesian search (BOHB)",
};

const named = (list: Choice[]): (string | [string, string])[] =>
	list.map(({ name }) => [name, STRATEGIES[name] ?? name]);

// What holds where nothing is said; a bound beyond all numbers is none.
function usual({ default: value }: Setting): string {
	if (value === undefined || value === null || Math.abs(Number(value)) > 1e300) return "none";
	return String(value);
}

function SettingField({ section, setting }: { section: "strategy" | "pruner"; setting: Setting }) {
	const { name, summary, choices } = setting;
	const value = draft.value[section]?.[name];
	const about = { path: `${section}.${name}`, label: name.replace(/_/g, " "), hint: summary };

	if (choices !== undefined)
		return (
			<ChoiceField {...about} options={choices} value={String(value ?? choices[Number(setting.default ?? 0)] ?? "")}
				set={(word) => changeIn(section, { [name]: word })} />
		);
	return (
		<OwnText {...about} placeholder={usual(setting)} initial={writeValue(value as Value)}
			set={(text) => changeIn(section, { [name]: text.trim() === "" ? undefined : readValue(text) })} />
	);
}

function Settings({ section, choices }: { section: "strategy" | "pruner"; choices: Choice[] }) {
	const chosen = draft.value[section];
	const settings = choices.find(({ name }) => name === chosen?.name)?.settings ?? [];

	return (
		<>
			{settings.map((setting) => (
				<SettingField key={`${generation.value} ${chosen?.name} ${setting.name}`} section={section} setting={setting} />
			))}
		</>
	);
}

export function MethodSection() {
	const strategies = info.value?.strategies ?? [];
	const pruners = info.value?.pruners ?? [];
	const { strategy, pruner } = draft.value;

	return (
		<section class="panel form-section">
			<h2>Optimisation method</h2>
			<div class="fields">
				<ChoiceField path="strategy.name" label="Search" value={strategy?.name ?? "auto"} options={named(strategies)}
					set={(name) => change({ strategy: { name, ...(strategy?.seed !== undefined ? { seed: strategy.seed } : {}) } })} />
				<OwnText path="strategy.seed" label="Seed" numeric hint="The same seed gives the same search." initial={writeValue(strategy?.seed as Value)}
					set={(text) => changeIn("strategy", { seed: text.trim() === "" ? undefined : readValue(text) })} />
				<Settings section="strategy" choices={strategies} />
			</div>
			<div class="fields">
				<ChoiceField path="pruner.name" label="Early stopping" value={pruner?.name ?? "none"} options={named(pruners)}
					set={(name) => change({ pruner: { name } })} />
				<Settings section="pruner" choices={pruners} />
			</div>
		</section>
	);
}
