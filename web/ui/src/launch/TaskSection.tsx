// What one trial runs: a program of this machine, or clones of a task on a server.
import { info } from "../model/info.js";
import { readNumber } from "../model/number.js";
import { change, changeIn, draft } from "./draft.js";
import { ChoiceField, Field } from "./Field.js";
import { OwnText } from "./OwnText.js";
import { joinCommand, readEnv, splitCommand, writeEnv } from "./words.js";

const set = (key: string) => (text: string) => changeIn("task", { [key]: text.trim() === "" ? undefined : text.trim() });
const text = (key: string): string => String(draft.value.task?.[key] ?? "");

interface Line {
	name: string;
	label: string;
	hint?: string;
	placeholder?: string;
	wide?: boolean;
}

const Text = ({ name, ...field }: Line) =>
	<OwnText key={name} path={`task.${name}`} {...field} initial={text(name)} set={set(name)} />;

const Seconds = ({ name, ...field }: Line) =>
	<OwnText path={`task.${name}`} {...field} numeric initial={text(name)} set={(typed) => changeIn("task", { [name]: readNumber(typed) })} />;

function Environment() {
	return (
		<Field path="task.env" label="Environment" wide hint="A line each: NAME=VALUE" render={(attributes) => (
			<textarea {...attributes} rows={2} spellcheck={false} defaultValue={writeEnv(draft.value.task?.env)}
				onInput={(event) => changeIn("task", { env: readEnv(event.currentTarget.value) })} />
		)} />
	);
}

function ProcessFields() {
	return (
		<>
			<OwnText path="task.command" label="Command (the task to optimise)" wide placeholder="./train --lr {lr} --layers {layers}"
				hint="{name} becomes the value of a parameter. No shell reads it."
				initial={joinCommand((draft.value.task?.command as string[] | undefined) ?? [])}
				set={(line) => changeIn("task", { command: splitCommand(line) })} />
			<Text name="cwd" label="Folder" placeholder={info.value?.cwd} hint="Where it runs." />
			<details class="advanced">
				<summary>Advanced</summary>
				<div class="fields">
					<Text name="log_dir" label="Folder of logs" placeholder="hpo-logs" />
					<Text name="checkpoint_dir" label="Folder of checkpoints" placeholder="none" />
					<Seconds name="grace_seconds" label="Grace seconds" placeholder="1" hint="Between SIGTERM and SIGKILL." />
					<Environment />
				</div>
			</details>
		</>
	);
}

function ServerFields() {
	return (
		<>
			<Text name="base_task" label="Initial task to optimise" placeholder="its id" hint="It is cloned for each trial." />
			<Text name="queue" label="Execution queue" placeholder="default" hint="An agent must listen to it." />
			<Text name="project" label="Destination project" placeholder="that of the task" />
			<Text name="optimizer_name" label="Optimisation job title" placeholder="the study's name" />
			<details class="advanced">
				<summary>Advanced</summary>
				<div class="fields">
					<Text name="script" label="Script" hint="A task is made of it, in place of an initial task." />
					<Text name="name" label="Names of the clones" placeholder="{trial}" />
					<Text name="optimizer_project" label="Project of the optimisation job" />
					<Text name="server" label="Address of the server" placeholder="as clearml.conf says" />
					<Seconds name="poll_seconds" label="Seconds between two looks" />
					<ChoiceField path="task.local" label="Clones run" value={draft.value.task?.local ? "here" : "queue"}
						options={[["queue", "by agents of the queue"], ["here", "on this machine"]]}
						set={(where) => changeIn("task", { local: where === "here" ? true : undefined })} />
				</div>
			</details>
		</>
	);
}

export function TaskSection() {
	const backend = String(draft.value.task?.backend ?? "process");

	return (
		<section class="panel form-section">
			<h2>Task</h2>
			<div class="fields">
				<ChoiceField path="task.backend" label="Runs as" value={backend}
					options={(info.value?.backends ?? ["process"]).map((name): [string, string] =>
						[name, name === "process" ? "a program on this machine" : name === "clearml" ? "a task on a ClearML server" : name])}
					set={(name) => change({ task: { backend: name } })} />
				{backend === "clearml" ? <ServerFields /> : <ProcessFields />}
			</div>
		</section>
	);
}
