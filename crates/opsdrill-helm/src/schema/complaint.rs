//! What is wrong with values, and how it is told: one line each, those that explain another one below it.

/// What is said of a value with which several things are wrong.
const SEVERAL: &str = "validation failed";

/// Something that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    /// The path of the value.
    pub(super) path: Vec<String>,
    pub(super) what: String,
    pub(super) because: Vec<Complaint>,
    /// Whether it came through a reference.
    pub(super) is_referred: bool,
}

impl Complaint {
    pub(super) fn new(path: &[String], what: impl Into<String>) -> Self {
        Self { path: path.to_vec(), what: what.into(), because: Vec::new(), is_referred: false }
    }

    pub(super) fn because(mut self, because: Vec<Self>) -> Self {
        self.because = because;
        self
    }

    /// Through a reference: several reasons are told where the reference stands.
    pub(super) fn referred(self, path: &[String]) -> Self {
        if !self.is_group() {
            return self;
        }
        Self { path: path.to_vec(), is_referred: true, ..self }
    }

    fn is_group(&self) -> bool {
        self.what == SEVERAL && !self.is_referred
    }

    fn write(&self, depth: usize, told: &mut String) {
        let escaped = |it: &String| format!("/{}", it.replace('~', "~0").replace('/', "~1"));
        let path: String = self.path.iter().map(escaped).collect();
        let path = path.replace('\'', "\\'");
        told.push_str(&format!("{}- at '{path}': {}\n", "  ".repeat(depth), self.what));
        for complaint in &self.because {
            complaint.write(depth + 1, told);
        }
    }
}

/// Several complaints about one value as one.
pub(super) fn grouped(path: &[String], mut complaints: Vec<Complaint>) -> Vec<Complaint> {
    if complaints.len() < 2 {
        return complaints;
    }
    let because = std::mem::take(&mut complaints);
    vec![Complaint::new(path, SEVERAL).because(because)]
}

/// All of them, each on a line of its own.
pub(super) fn told(complaints: &[Complaint]) -> String {
    let mut told = String::new();
    let top = match complaints {
        [only] if only.is_group() => &only.because,
        all => all,
    };
    for complaint in top {
        complaint.write(0, &mut told);
    }
    told
}

/// A text in single quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Texts in single quotes, one after another.
pub(super) fn listed(texts: &[&str]) -> String {
    texts.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(", ")
}
