import "../styles/map.css";
import "../elements/geo-explorer";
