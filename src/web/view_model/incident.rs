//! The incidents to choose from, and what the chosen one says.

use crate::model::{Pack, counted};

use super::moment;

/// What the page says of the chosen incident, or of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// Headline.
    pub title: String,
    /// Who says so.
    pub publisher: String,
    /// One paragraph.
    pub summary: String,
    /// Product and versions, a line each.
    pub products: Vec<String>,
    /// When the attacks happened.
    pub window: String,
    /// Whom to call.
    pub contact: String,
    /// Documents.
    pub sources: Vec<String>,
    /// What to bring, in a sentence.
    pub bring_about: String,
    /// What, where and why, a row each.
    pub bring: Vec<Vec<String>>,
}

/// The choice that stands for all.
pub fn all(count: usize) -> String {
    format!("All {count} incidents")
}

/// The products of an incident, each once, in one line.
pub fn products(pack: &Pack) -> String {
    let mut names: Vec<&str> = Vec::new();
    for product in &pack.products {
        if !names.contains(&product.name.as_str()) {
            names.push(&product.name);
        }
    }
    names.join("; ")
}

/// Whether every word of `wanted` stands somewhere in what the pack says of itself.
pub fn is_meant(pack: &Pack, wanted: &str) -> bool {
    let text = format!("{} {} {} {}", pack.id, pack.title, products(pack), pack.summary).to_lowercase();
    wanted.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// How many incidents a search left.
pub fn left(count: usize, all: usize) -> String {
    match count {
        0 => "No incident of this name is known here. Try the product\u{2019}s or the vendor\u{2019}s name, or check all incidents.".to_owned(),
        _ if count == all => format!("{all} incidents to choose from."),
        1 => "1 incident left. Press Enter to choose it.".to_owned(),
        _ => format!("{count} of {all} incidents left."),
    }
}

/// What the page says of `pack`, or of all `bundled` ones.
pub fn about(pack: Option<&Pack>, bundled: &[Pack]) -> About {
    let Some(pack) = pack else {
        let count: usize = bundled.iter().map(|pack| pack.indicators.len()).sum();
        return About {
            title: all(bundled.len()),
            publisher: format!("{} of {}", counted(count as u64, "indicator"), counted(bundled.len() as u64, "incident")),
            summary: "Your files are compared with the published traces of every incident in this list. If you know which product is affected, choose its incident: the answer is then about that incident alone.".to_owned(),
            bring_about: "Bring the web server\u{2019}s access and error logs, the product\u{2019}s own logs, firewall, proxy and DNS logs, and any file that looks strange, for the whole time you want checked. Choose an incident above to see exactly which files, and where they are.".to_owned(),
            ..About::default()
        };
    };
    let product = |product: &crate::model::Product| match product.versions.as_str() {
        "" => product.name.clone(),
        versions => format!("{}: {versions}", product.name),
    };
    let needed = |bring: &crate::model::Bring| if bring.needed { " (most important)" } else { "" };
    About {
        title: pack.title.clone(),
        publisher: format!(
            "Published by {}; {}",
            pack.publisher,
            counted(pack.indicators.len() as u64, "indicator")
        ),
        summary: pack.summary.clone(),
        products: pack.products.iter().map(product).collect(),
        window: pack.window.as_ref().map(moment::window).unwrap_or_default(),
        contact: format!("Whom to call: {}", pack.contact),
        sources: pack.sources.iter().map(|source| format!("{} {}", source.title, source.url)).collect(),
        bring_about: "Copies are enough; never work on the only one. Archives may stay packed.".to_owned(),
        bring: pack
            .bring
            .iter()
            .map(|bring| {
                vec![format!("{}{}", bring.what, needed(bring)), bring.path.clone(), bring.why.clone()]
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_name_finds_its_incident() {
        let bundled = crate::pack::bundled().packs;
        let found = |wanted: &str| bundled.iter().filter(|pack| is_meant(pack, wanted)).count();
        assert_eq!(found("MOVEit transfer"), 1);
        assert_eq!(found("accellion"), 1);
        assert_eq!(found(""), bundled.len());
        assert_eq!(found("no such product"), 0);
    }

    #[test]
    fn every_bundled_incident_says_what_it_is() {
        let bundled = crate::pack::bundled().packs;
        for pack in &bundled {
            let about = about(Some(pack), &bundled);
            assert!(
                !about.title.is_empty() && !about.summary.is_empty() && !about.bring.is_empty(),
                "{}",
                pack.id
            );
        }
        assert!(about(None, &bundled).title.contains(&bundled.len().to_string()));
    }
}
