//! The broadcast core: cuts the programme's encoded frames into CMAF parts and segments and writes
//! the playlists that announce them (rfc8216bis), without sockets, files or a clock.

pub mod check;
pub mod cmaf;
pub mod grid;
pub mod h264;
pub mod history;
pub mod master;
pub mod packager;
pub mod playlist;
pub mod progressive;
pub mod reload;
pub mod replay;
pub mod request;
pub mod track;
pub mod window;
