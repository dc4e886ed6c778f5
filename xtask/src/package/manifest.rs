//! What a learning platform reads of a package first: `imsmanifest.xml` of SCORM 1.2, `tincan.xml` of xAPI.

use super::ENTRY;
use serde_json::Value;
use std::fmt::Write;

/// The titles of a course's chapters.
pub(super) fn titles(course: &Value) -> Vec<&str> {
    chapters(course).map(|(_, title)| title).collect()
}

/// The keys and titles of a course's chapters.
fn chapters(course: &Value) -> impl Iterator<Item = (&str, &str)> {
    let chapters = course["chapters"].as_array().map_or(&[][..], Vec::as_slice);
    chapters.iter().filter_map(|chapter| Some((chapter["key"].as_str()?, chapter["title"].as_str()?)))
}

fn title(course: &Value) -> String {
    escaped(course["title"].as_str().unwrap_or_default())
}

/// The manifest of a package for SCORM 1.2 with these files: each chapter is an item with a score of its own.
pub(super) fn scorm(course: &Value, files: &[&str]) -> String {
    let (mut items, mut resources, mut shared) = (String::new(), String::new(), String::new());
    for (key, title) in chapters(course) {
        let title = escaped(title);
        write!(
            items,
            r#"
      <item identifier="item-{key}" identifierref="chapter-{key}">
        <title>{title}</title>
      </item>"#
        )
        .expect("a string takes text");
        write!(
            resources,
            r#"
    <resource identifier="chapter-{key}" type="webcontent" adlcp:scormtype="sco" href="{ENTRY}?chapter={key}">
      <file href="{ENTRY}"/>
      <dependency identifierref="shared"/>
    </resource>"#
        )
        .expect("a string takes text");
    }
    for file in files.iter().filter(|file| **file != ENTRY) {
        write!(shared, "\n      <file href=\"{}\"/>", escaped(file)).expect("a string takes text");
    }
    let title = title(course);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="receptive" version="1.0"
          xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata>
    <schema>ADL SCORM</schema>
    <schemaversion>1.2</schemaversion>
  </metadata>
  <organizations default="chapters">
    <organization identifier="chapters">
      <title>{title}</title>{items}
    </organization>
  </organizations>
  <resources>{resources}
    <resource identifier="shared" type="webcontent" adlcp:scormtype="asset">{shared}
    </resource>
  </resources>
</manifest>
"#
    )
}

/// The list of a package's activities for xAPI: the course, which is opened, and its chapters.
pub(super) fn xapi(course: &Value) -> String {
    let id = escaped(course["id"].as_str().unwrap_or_default());
    let mut lessons = String::new();
    for (key, title) in chapters(course) {
        let title = escaped(title);
        write!(
            lessons,
            r#"
    <activity id="{id}/{key}" type="http://adlnet.gov/expapi/activities/lesson">
      <name>{title}</name>
      <description lang="en">{title}</description>
    </activity>"#
        )
        .expect("a string takes text");
    }
    let title = title(course);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<tincan xmlns="http://projecttincan.com/tincan.xsd">
  <activities>
    <activity id="{id}" type="http://adlnet.gov/expapi/activities/course">
      <name>{title}</name>
      <description lang="en">{title}</description>
      <launch lang="en">{ENTRY}</launch>
    </activity>{lessons}
  </activities>
</tincan>
"#
    )
}

/// A text as XML writes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn course() -> Value {
        let chapter = |key: &str, title: &str| json!({ "key": key, "title": title });
        let chapters = [chapter("images", "Images"), chapter("padding", "Padding: <0> & \"same\"")];
        json!({ "title": "CNN & co", "id": "https://example.org/cnn?a=1&b=2", "chapters": chapters })
    }

    #[test]
    fn each_chapter_is_an_item_of_the_manifest_with_its_own_address() {
        let xml = scorm(&course(), &["index.html", "page.js", "receptive/a&b.js"]);
        for line in [
            "<title>CNN &amp; co</title>",
            "<title>Padding: &lt;0&gt; &amp; &quot;same&quot;</title>",
            "<item identifier=\"item-images\" identifierref=\"chapter-images\">",
            "identifier=\"chapter-padding\" type=\"webcontent\" adlcp:scormtype=\"sco\" href=\"index.html?chapter=padding\"",
            "<file href=\"receptive/a&amp;b.js\"/>",
        ] {
            assert!(xml.contains(line), "{line} in {xml}");
        }
        assert_eq!(xml.matches("href=\"page.js\"").count(), 1, "what all share is listed once");
    }

    #[test]
    fn the_course_is_the_one_activity_that_is_opened() {
        let xml = xapi(&course());
        assert_eq!(xml.matches("<launch").count(), 1);
        assert!(xml.contains("<activity id=\"https://example.org/cnn?a=1&amp;b=2\" "), "{xml}");
        assert!(xml.contains("<name>Padding: &lt;0&gt; &amp; &quot;same&quot;</name>"), "{xml}");
    }
}
