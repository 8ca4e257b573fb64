//! Lists of tags.

use crate::client::{IMAGE, Server, image};

#[test]
fn tags_come_in_order_and_in_pages() {
    let server = Server::writable();
    server.get("/v2/app/tags/list").refused(404, "NAME_UNKNOWN");
    let mut all = ["v1", "V1", "latest", "_x", "0", "1.10", "1.9", "b"];
    for tag in all {
        server.push("app", tag, IMAGE, &image("")).expect(201);
    }
    all.sort();
    let list = |path: &str| {
        let reply = server.get(path).expect(200);
        assert_eq!(reply.header("content-type"), "application/json");
        let (body, link) = (reply.json(), reply.find("link").map(str::to_owned));
        assert_eq!(body["name"], "app");
        let tags = body["tags"].as_array().unwrap().iter();
        (tags.map(|tag| tag.as_str().unwrap().to_owned()).collect::<Vec<_>>(), link)
    };
    assert_eq!(list("/v2/app/tags/list"), (all.map(String::from).to_vec(), None));
    for size in [1, 3, 8, 100] {
        let (mut path, mut found) = (format!("/v2/app/tags/list?n={size}"), Vec::new());
        loop {
            let (tags, link) = list(&path);
            assert!(tags.len() <= size);
            found.extend(tags);
            let Some(link) = link else { break };
            path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
            assert!(link.ends_with(">; rel=\"next\""), "{link}");
        }
        assert_eq!(found, all, "pages of {size}");
    }
    assert_eq!(
        list("/v2/app/tags/list?last=_x").0,
        all[all.iter().position(|tag| *tag == "_x").unwrap() + 1..]
    );
    assert_eq!(list("/v2/app/tags/list?n=0").0, [""; 0]);
    server.get("/v2/app/tags/list?n=x").expect(400);
}
