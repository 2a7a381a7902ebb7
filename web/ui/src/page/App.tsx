// The frame of every page, and which page the address names.
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";

import { loadInfo } from "../model/info.js";
import { place, query } from "../model/route.js";
import { Header } from "../view/Header.js";
import { Notices } from "../view/Notices.js";
import { ComparePage } from "./ComparePage.js";
import { LaunchPage } from "../launch/LaunchPage.js";
import { MissingPage } from "./MissingPage.js";
import { StudiesPage } from "./StudiesPage.js";
import { StudyPage } from "./StudyPage.js";
import { TrialPage } from "./TrialPage.js";
import { TrialsPage } from "./TrialsPage.js";

function choose([first, study, second, third]: string[]): VNode {
	if (first === undefined) return <StudiesPage />;
	if (first === "launch" && study === undefined) return <LaunchPage key={query("from")} />;
	if (first === "compare" && study === undefined) return <ComparePage />;
	if (first !== "study" || study === undefined) return <MissingPage />;
	if (second === undefined) return <StudyPage key={study} name={study} />;
	if (second === "compare" && third === undefined) return <TrialsPage key={study} study={study} />;
	if (second === "trial" && /^\d+$/.test(third ?? ""))
		return <TrialPage key={`${study}/${third}`} study={study} number={Number(third)} />;
	return <MissingPage />;
}

function title([first, study, second, third]: string[]): string {
	if (first === "study") return [second && `${second} ${third ?? ""}`.trim(), study].filter(Boolean).join(" · ");
	return first ?? "studies";
}

export function App() {
	const { path } = place.value;

	useEffect(() => void loadInfo(), []);
	useEffect(() => {
		document.title = `${title(path)} · hpo`;
	}, [path.join("/")]);
	return (
		<>
			<a class="skip" href="#main" onClick={() => document.getElementById("main")?.focus()}>
				Skip to the content
			</a>
			<Header />
			<main id="main" tabIndex={-1}>{choose(path)}</main>
			<Notices />
		</>
	);
}
