import "../styles/map.css";
import "../elements/geo-footprints";
