import { render } from "preact";

import "./style/base.css";
import "./style/shell.css";
import "./style/controls.css";
import "./style/table.css";
import "./style/panels.css";
import "./style/form.css";
import { App } from "./page/App.js";

render(<App />, document.getElementById("app")!);
