//! release/grafana.json, as Grafana asks a data source for it.

use serde_json::Value;

/// A query of a panel.
pub struct Query {
    panel: String,
    legend: String,
    /// With Grafana's variables in it.
    pub expression: String,
}

/// What is chosen of a variable; nothing is all.
pub type Choice<'a> = (&'a str, &'a [&'a str]);

pub struct Board(Value);

impl Board {
    pub fn read() -> Self {
        Board(serde_json::from_str(include_str!("../../../release/grafana.json")).expect("JSON"))
    }

    /// The queries of all panels.
    pub fn queries(&self) -> Vec<Query> {
        let panels = elements(&self.0["panels"]).filter(|panel| panel["type"] != "row");
        panels.flat_map(|panel| elements(&panel["targets"]).map(|target| Query::of(panel, target))).collect()
    }

    /// The selector and the label whose values one can choose from.
    pub fn options(&self, variable: &str) -> (String, String) {
        let query = text(&self.variable(variable)["query"]["query"]);
        let arguments = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
        let (selector, label) = arguments.and_then(|both| both.rsplit_once(", ")).expect("label_values()");
        (selector.to_owned(), label.to_owned())
    }

    fn variable(&self, name: &str) -> &Value {
        elements(&self.0["templating"]["list"]).find(|variable| variable["name"] == name).expect("a variable")
    }

    /// An expression as Prometheus gets it; `interval` in milliseconds is the one of rates.
    pub fn resolve(&self, expression: &str, choices: &[Choice], interval: u64) -> String {
        let resolved = choices.iter().fold(expression.to_owned(), |resolved, (name, values)| {
            resolved.replace(&format!("${name}"), &self.pattern(name, values))
        });
        let resolved = resolved.replace("$__rate_interval", &format!("{interval}ms"));
        assert!(!resolved.contains('$'), "a variable is left in {resolved}");
        resolved
    }

    /// The pattern that Grafana's data source for Prometheus makes of the values: `interpolateQueryExpr` there.
    fn pattern(&self, name: &str, values: &[&str]) -> String {
        let escaped: Vec<_> = values.iter().map(|value| escape(value)).collect();
        match &*escaped {
            [] => text(&self.variable(name)["allValue"]).to_owned(),
            [only] => only.clone(),
            several => format!("({})", several.join("|")),
        }
    }
}

impl Query {
    fn of(panel: &Value, target: &Value) -> Self {
        let [panel, legend, expression] =
            [&panel["title"], &target["legendFormat"], &target["expr"]].map(|value| text(value).to_owned());
        Query { panel, legend, expression }
    }

    /// The panel's title and, after a slash, the legend of a series with these labels.
    pub fn name(&self, labels: &Value) -> String {
        let mut parts = self.legend.split("{{");
        let mut legend = parts.next().expect("at least one").to_owned();
        for part in parts {
            let (label, rest) = part.split_once("}}").expect("it is closed");
            legend += labels[label].as_str().unwrap_or_default();
            legend += rest;
        }
        format!("{} / {}", self.panel, legend.trim())
    }
}

/// Characters of regular expressions are quoted within a quoted string.
fn escape(value: &str) -> String {
    let quoted = |character: char| match character {
        '\\' => r"\\\\".to_owned(),
        '$' | '^' | '*' | '{' | '}' | '[' | ']' | '\'' | '+' | '?' | '.' | '(' | ')' | '|' => format!(r"\\{character}"),
        other => other.to_string(),
    };
    value.chars().map(quoted).collect()
}

fn elements(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().expect("a list").iter()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
