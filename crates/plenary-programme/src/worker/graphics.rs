//! Cards, names, lower thirds and the slate: drawn by a thread of their own, kept for the tick.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use plenary_model::id::SourceId;
use plenary_model::limits::{SCENE_GRAPHICS_MAX, SOURCES_MAX};
use plenary_model::person::Card;
use plenary_model::scene::{LowerThird, Scene};

use crate::canvas::{Colour, Frame};
use crate::card::Painter;
use crate::event::{Drawn, Event};
use crate::font::Fonts;
use crate::graphic::{Graphic, GraphicError};

/// Size that a card is drawn in first; a larger place gets a sharper one a moment later.
const CARD_SIZE: (u32, u32) = (640, 360);

#[derive(Debug)]
enum Order {
    Card { source: SourceId, card: Card, size: (u32, u32) },
    Label { name: String, tile_width: u32 },
    LowerThird(LowerThird),
    Slate { title: String, size: (u32, u32) },
}

#[derive(Debug)]
struct Portrait {
    card: Card,
    asked: (u32, u32),
    frame: Arc<Frame>,
}

/// Everything drawn that the programme may need.
#[derive(Debug)]
pub(super) struct Gallery {
    orders: SyncSender<Order>,
    portraits: BTreeMap<SourceId, Portrait>,
    labels: BTreeMap<(String, u32), Option<Graphic>>,
    thirds: Vec<(LowerThird, Option<Graphic>)>,
    slate: Arc<Frame>,
}

impl Gallery {
    /// Starts the drawing thread and has the slate drawn first.
    pub(super) fn open(
        title: String,
        size: (u32, u32),
        events: SyncSender<Event>,
    ) -> std::io::Result<Self> {
        let (orders, waiting) = sync_channel(SOURCES_MAX + SCENE_GRAPHICS_MAX);
        std::thread::Builder::new()
            .name("graphics".into())
            .spawn(move || draw(size.1, &waiting, &events))?;
        let gallery = Self {
            orders,
            portraits: BTreeMap::new(),
            labels: BTreeMap::new(),
            thirds: Vec::new(),
            slate: Arc::new(Frame::filled(size.0, size.1, Colour::STAGE_DARK)),
        };
        gallery.order(Order::Slate { title, size });
        Ok(gallery)
    }

    /// False when so much waits that the order must be given again later.
    fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// A source came or has a new card.
    pub(super) fn introduce(&mut self, source: SourceId, card: &Card) {
        let known = self.portraits.get(&source).is_some_and(|portrait| portrait.card == *card);
        let order = Order::Card { source, card: card.clone(), size: CARD_SIZE };
        if known || !self.order(order) {
            return;
        }
        let blank = Frame::filled(64, 36, Colour::EMPTY_PLACE);
        let portrait = Portrait { card: card.clone(), asked: CARD_SIZE, frame: Arc::new(blank) };
        self.portraits.insert(source, portrait);
    }

    pub(super) fn forget(&mut self, source: SourceId) {
        self.portraits.remove(&source);
    }

    /// The scenes on air changed: orders what they need, forgets what no scene needs any more.
    pub(super) fn prepare(&mut self, scenes: &[&Scene]) {
        self.thirds.retain(|(fields, _)| {
            scenes.iter().any(|scene| scene.lower_third.as_ref() == Some(fields))
        });
        let mut names = Vec::new();
        for scene in scenes {
            for (i, source) in scene.places.iter().enumerate() {
                let (Some(source), Some(tile)) = (source, scene.layout.tiles().get(i)) else {
                    continue;
                };
                self.enlarge(*source, (tile.width, tile.height));
                if let Some(name) = self.name_in(scene, *source) {
                    names.push((name.to_owned(), tile.width));
                }
            }
            if let Some(fields) = &scene.lower_third
                && !self.thirds.iter().any(|(known, _)| known == fields)
                && self.order(Order::LowerThird(fields.clone()))
            {
                self.thirds.push((fields.clone(), None));
            }
        }
        self.labels.retain(|key, _| names.contains(key));
        for key in names {
            let order = Order::Label { name: key.0.clone(), tile_width: key.1 };
            if !self.labels.contains_key(&key) && self.order(order) {
                self.labels.insert(key, None);
            }
        }
    }

    fn enlarge(&mut self, source: SourceId, size: (u32, u32)) {
        let Some(portrait) = self.portraits.get(&source) else { return };
        let order = Order::Card { source, card: portrait.card.clone(), size };
        if portrait.asked.0 < size.0
            && self.order(order)
            && let Some(portrait) = self.portraits.get_mut(&source)
        {
            portrait.asked = size;
        }
    }

    /// The name in a place's corner: people beside others; who is alone has the lower third.
    fn name_in(&self, scene: &Scene, source: SourceId) -> Option<&str> {
        match source {
            SourceId::Camera(_) if 1 < scene.layout.places() => {
                self.portraits.get(&source).map(|p| p.card.name.as_str()).filter(|n| !n.is_empty())
            }
            SourceId::Camera(_) | SourceId::Screen(_) | SourceId::Clip(_) => None,
        }
    }

    /// Takes in a finished drawing, unless it is of a card that has changed since.
    pub(super) fn hang(&mut self, drawn: Drawn) {
        match drawn {
            Drawn::Card { source, card, frame } => {
                if let Some(portrait) = self.portraits.get_mut(&source)
                    && portrait.card == card
                    && portrait.frame.width() <= frame.width()
                {
                    portrait.frame = Arc::new(frame);
                }
            }
            Drawn::Label { key, graphic } => {
                self.labels.entry(key).and_modify(|label| *label = Some(graphic));
            }
            Drawn::LowerThird { fields, graphic } => {
                if let Some(third) = self.thirds.iter_mut().find(|(known, _)| *known == fields) {
                    third.1 = Some(graphic);
                }
            }
            Drawn::Slate(frame) => self.slate = Arc::new(frame),
        }
    }

    pub(super) fn card(&self, source: SourceId) -> Option<&Frame> {
        self.portraits.get(&source).map(|portrait| &*portrait.frame)
    }

    pub(super) fn label(
        &self,
        scene: &Scene,
        source: SourceId,
        tile_width: u32,
    ) -> Option<&Graphic> {
        let key = (self.name_in(scene, source)?.to_owned(), tile_width);
        self.labels.get(&key)?.as_ref()
    }

    pub(super) fn lower_third(&self, scene: &Scene) -> Option<&Graphic> {
        let fields = scene.lower_third.as_ref()?;
        self.thirds.iter().find(|(known, _)| known == fields)?.1.as_ref()
    }

    pub(super) fn slate(&self) -> &Frame {
        &self.slate
    }
}

fn draw(canvas_height: u32, orders: &Receiver<Order>, events: &SyncSender<Event>) {
    let mut painter = match Fonts::from_system() {
        Ok(fonts) => Painter::new(fonts, canvas_height),
        Err(error) => {
            tracing::error!(%error, "cards, names and the slate stay without text");
            return;
        }
    };
    while let Ok(order) = orders.recv() {
        match paint(&mut painter, order) {
            Ok(piece) => {
                if events.send(Event::Drawn(piece)).is_err() {
                    return;
                }
            }
            Err(error) => tracing::error!(%error, "a graphic could not be drawn"),
        }
    }
}

fn paint(painter: &mut Painter, order: Order) -> Result<Drawn, GraphicError> {
    Ok(match order {
        Order::Card { source, card, size } => {
            let frame = painter.card(&card, size.0, size.1)?;
            Drawn::Card { source, card, frame }
        }
        Order::Label { name, tile_width } => {
            let graphic = painter.label(&name, tile_width)?;
            Drawn::Label { key: (name, tile_width), graphic }
        }
        Order::LowerThird(fields) => {
            let graphic = painter.lower_third(&fields)?;
            Drawn::LowerThird { fields, graphic }
        }
        Order::Slate { title, size } => Drawn::Slate(painter.slate(&title, size.0, size.1)?),
    })
}
