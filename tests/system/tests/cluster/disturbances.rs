//! What a cluster does to pods, under load.

use futures_util::future::try_join_all;
use system_tests::release::NAME;

use crate::pair::Pair;

/// What carries requests; the model is somebody else's in real life.
const COMPONENTS: [&str; 3] = ["frontend", "backend", "mcp"];

pub async fn deletion(pair: &mut Pair) -> anyhow::Result<()> {
    let pods = &pair.release.pods;
    pair.unnoticed(async {
        for component in COMPONENTS {
            pods.delete_one(component).await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub async fn eviction(pair: &mut Pair) -> anyhow::Result<()> {
    let pods = &pair.release.pods;
    pair.unnoticed(async {
        for component in COMPONENTS {
            pods.evict_one(component).await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub async fn rolling_restart(pair: &mut Pair) -> anyhow::Result<()> {
    let pods = &pair.release.pods;
    pair.unnoticed(async {
        let names = COMPONENTS.map(|component| format!("{NAME}-{component}"));
        try_join_all(names.iter().map(|name| pods.restart(name))).await?;
        Ok(())
    })
    .await?;
    Ok(())
}
