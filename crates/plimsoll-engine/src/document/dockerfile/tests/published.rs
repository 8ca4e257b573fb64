//! What is read of Dockerfiles that people publish. The samples have the structure of theirs, not their text;
//! `PLIMSOLL_FIXTURES_DOCKERFILES` names a folder with the real ones, as OWNER-NAME.Dockerfile.

use super::*;

/// What is known of one Dockerfile.
struct Facts {
    name: &'static str,
    sample: &'static str,
    syntax: Option<&'static str>,
    stages: usize,
    base: Option<&'static str>,
    /// Which of VERSION, BUILD_DATE and VCS_REF it declares.
    declares: &'static [&'static str],
    /// How many labels it sets itself.
    labels: usize,
    runs_on_target: bool,
}

const PUBLISHED: &[Facts] = &[
    Facts {
        name: "sofatutor-llm-proxy",
        sample: "# syntax=docker/dockerfile:1.7\n\nFROM --platform=$BUILDPLATFORM golang AS builder\nARG TARGETOS\n\
                 RUN --mount=type=cache,target=/go \\\n    --mount=type=cache,target=/c \\\n    GOOS=$TARGETOS go build\n\
                 FROM alpine:3.18\nRUN adduser x && \\\n    chown x /app\nCOPY --from=builder --chown=x:x /a /b\n\
                 VOLUME [\"/a\", \"/b\"]\nLABEL a=\"1 2\" \\\n b=\"2\" \\\n c=\"3\" \\\n d=\"4\" \\\n e=\"5\" \\\n f=\"6\" \\\n \
                 g=\"x=y z=1\"\nHEALTHCHECK --interval=3s \\\n CMD wget || exit 1\nENV PATH=/a:$PATH\n",
        syntax: Some("docker/dockerfile:1.7"),
        stages: 2,
        base: Some("alpine:3.18"),
        declares: &[],
        labels: 7,
        runs_on_target: true,
    },
    Facts {
        name: "rustchatio-rustchat-backend",
        sample: "# Build\nFROM rust AS builder\nRUN mkdir src && echo \"fn main() {}\" > src/main.rs\n# COPY a ./a\n\
                 FROM alpine:3.20\n\nARG VERSION\nARG BUILD_DATE\nARG VCS_REF\n\nLABEL t=\"a-b\" \\\n d=\"B C\" \\\n s=\"x\" \\\n \
                 v=$VERSION \\\n c=$BUILD_DATE \\\n r=$VCS_REF \\\n l=\"MIT\"\nCOPY --from=builder /x /y\n",
        syntax: None,
        stages: 2,
        base: Some("alpine:3.20"),
        declares: &["VERSION", "BUILD_DATE", "VCS_REF"],
        labels: 7,
        runs_on_target: true,
    },
    Facts {
        name: "rustchatio-rustchat-frontend",
        sample: "FROM node AS builder\nRUN npm cache clean && \\\n    if [ -f x ]; then npm ci; else npm install; fi\n\
                 FROM openresty/openresty:alpine\nCOPY --from=builder /app/dist /h\nCMD [\"x\", \"-g\", \"daemon off;\"]\n",
        syntax: None,
        stages: 2,
        base: Some("openresty/openresty:alpine"),
        declares: &[],
        labels: 0,
        runs_on_target: true,
    },
    Facts {
        name: "MarcAntoineRaymond-GomenHashai",
        sample: "# Build\nFROM docker.io/golang:1@sha256:0 AS builder\nARG TARGETOS\nARG TARGETARCH\n# was called. For\n\
                 RUN GOOS=${TARGETOS:-linux} GOARCH=${TARGETARCH} go build\n\
                 FROM gcr.io/distroless/static:nonroot@sha256:\
                 e8a4044e0b4ae4257efa45fc026c0bc30ad320d43bd4c1a7d5271bd241e386d0\nCOPY --from=builder /m .\nUSER 6:6\n",
        syntax: None,
        stages: 2,
        base: Some(
            "gcr.io/distroless/static:nonroot@sha256:e8a4044e0b4ae4257efa45fc026c0bc30ad320d43bd4c1a7d5271bd241e386d0",
        ),
        declares: &[],
        labels: 0,
        runs_on_target: true,
    },
    Facts {
        name: "igormcsouza-gpt4shell",
        sample: "# Use\nFROM python:3.11-slim-buster\n\n# The\nWORKDIR /app\nCOPY . /app\nRUN pip install a==2 \\\n  && b  \\\n  && c\n\
                 ENTRYPOINT [\"a\", \"--b\", \"c\"]\n",
        syntax: None,
        stages: 1,
        base: Some("python:3.11-slim-buster"),
        declares: &[],
        labels: 0,
        runs_on_target: true,
    },
];

#[test]
fn published_dockerfiles_are_understood() {
    let folder = std::env::var_os("PLIMSOLL_FIXTURES_DOCKERFILES").map(std::path::PathBuf::from);
    for facts in PUBLISHED {
        let real = folder.as_ref().map(|folder| folder.join(format!("{}.Dockerfile", facts.name)));
        let real = real.map(|path| std::fs::read_to_string(&path).unwrap());
        let dockerfile = parse(real.as_deref().unwrap_or(facts.sample));
        let last = dockerfile.find_stage(None).unwrap();
        let declares: Vec<&str> = ["VERSION", "BUILD_DATE", "VCS_REF"]
            .into_iter()
            .filter(|name| dockerfile.declares(last, name))
            .collect();
        assert_eq!(dockerfile.syntax.as_deref(), facts.syntax, "{}", facts.name);
        assert_eq!(dockerfile.stages.len(), facts.stages, "{}", facts.name);
        assert_eq!(dockerfile.find_base(last, &BTreeMap::new()).as_deref(), facts.base, "{}", facts.name);
        assert_eq!(declares, facts.declares, "{}", facts.name);
        assert_eq!(dockerfile.label_keys(last).len(), facts.labels, "{}", facts.name);
        assert_eq!(dockerfile.runs_on_target(last), facts.runs_on_target, "{}", facts.name);
    }
}
