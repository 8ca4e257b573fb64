//! The files of the sample project, which lie in `examples/sample`.

/// One file.
pub(super) struct SampleFile {
    /// Where it goes.
    pub(super) path: &'static str,
    /// What is in it.
    pub(super) bytes: &'static [u8],
    /// Whether it may be executed.
    pub(super) is_program: bool,
}

macro_rules! sample {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/sample/", $path))
    };
}

/// What the first version is made of.
pub(super) const FIRST: &[SampleFile] = &[
    SampleFile { path: "README.md", bytes: sample!("README.md"), is_program: false },
    SampleFile { path: "VERSION", bytes: sample!("VERSION"), is_program: false },
    SampleFile { path: "greeter.s", bytes: sample!("greeter.s"), is_program: false },
    SampleFile { path: "plimsoll.toml", bytes: sample!("plimsoll.toml"), is_program: false },
    SampleFile { path: "site/index.html", bytes: sample!("site/index.html"), is_program: false },
    SampleFile { path: "bin/greeter-amd64", bytes: sample!("bin/greeter-amd64"), is_program: true },
    SampleFile { path: "bin/greeter-arm64", bytes: sample!("bin/greeter-arm64"), is_program: true },
];

/// What the second version changes.
pub(super) const SECOND: &[SampleFile] = &[
    SampleFile { path: "VERSION", bytes: b"1.1.0\n", is_program: false },
    SampleFile {
        path: "site/index.html",
        bytes: b"<!doctype html>\n<title>The sample</title>\n<h1>The sample</h1>\n<p>The greeter says hello. Twice.</p>\n",
        is_program: false,
    },
];
